"""The control plane of az:// on Azurite: probe, container, listings with odd names, deletes, and what a user reads."""

from __future__ import annotations

import re
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import ListingRefused, ObjectInfo
from s3bench_tui.stores.http.sas import container_sas
from tests.servers import azurite as azurite_server
from tests.servers.azurite import Azurite
from tests.servers.certificates import Certificates
from tests.stores.azure_rig import new_name, sas, sdk, store, token
from tests.stores.s3_answers import Answer, answering
from tests.stores.test_s3_driver import ODD_KEYS

ACCOUNT = azurite_server.ACCOUNT
REFUSED = "Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly including the signature"


@pytest.fixture
def box() -> str:
    return new_name()


@pytest.fixture
def keys(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> Azurite:
    for name, value in azurite.env().items():
        monkeypatch.setenv(name, value)
    return azurite


def words(attempt: Callable[[], object]) -> str:
    """What a user reads of a failure, without request ids."""
    with pytest.raises(TargetError) as failed:
        attempt()
    return re.sub(r"request [0-9a-f-]{36}", "request ID", str(failed.value))


@pytest.mark.server
def test_a_container_is_made_only_when_asked_and_probed(keys: Azurite, box: str) -> None:
    opened = store(keys.endpoint, f"{ACCOUNT}/{box}", "pre/")
    for attempt, doing in (
        (lambda: opened.probe(writes=False), "listing pre/"),
        (lambda: opened.make_ready([], create=False), "listing the container"),
    ):
        assert words(attempt) == (
            f"az://{ACCOUNT}/{box} at {keys.url}: {doing} was refused: ContainerNotFound: The specified container does "
            "not exist (HTTP 404, request ID); create the container, or correct its name in the target"
        )
    assert not opened.created
    opened.make_ready(["pre/"], create=True)
    assert opened.created
    sdk(keys, box).upload_blob("pre/mine", b"hello")
    result = opened.probe(writes=True)
    assert [found.key for found in opened.list("")] == ["pre/mine"], "the probe leaves nothing behind"
    assert result.summary == (
        f"az://{ACCOUNT}/{box} at {keys.url}: wrote, read and deleted a blob (account key of AZURE_STORAGE_KEY)"
    )
    (fact,) = result.facts["endpoints"]
    assert abs(fact.pop("clock_skew_s")) < 2
    assert fact.pop("server").startswith("Azurite-Blob/")
    assert fact == {
        "endpoint": keys.url,
        "tls": "none",
        "access": "account key",
        "access_from": "AZURE_STORAGE_KEY",
        "lists": True,
    }
    again = store(keys.endpoint, f"{ACCOUNT}/{box}")
    again.make_ready([], create=True)
    assert not again.created
    again.close()


@pytest.mark.server
def test_workers_never_get_the_account_key(keys: Azurite, box: str) -> None:
    config = store((keys.url, keys.endpoint), f"{ACCOUNT}/{box}").driver_config()
    assert set(config.credentials) == {"sas"}
    assert f"{config.credentials}{config.options}".count(keys.secret_key) == 0
    assert config.credentials["sas"] not in repr(config)
    address = {"scheme": "http", "host": "127.0.0.1", "port": keys.port, "host_header": f"127.0.0.1:{keys.port}"}
    assert config.options == {
        "endpoints": [{**address, "base_path": f"/{ACCOUNT}/{box}"}] * 2,
        "ca_file": None,
        "insecure": False,
        "receive": "discard",
        "balance": "round_robin",
        "encryption": None,
        "versioned": False,
        "keeps_shown": True,
    }


@pytest.mark.server
def test_odd_names_are_listed_and_deleted(keys: Azurite, box: str) -> None:
    opened = store(keys.endpoint, f"{ACCOUNT}/{box}")
    opened.make_ready([], create=True)
    vendor = sdk(keys, box)
    for key in ODD_KEYS:
        vendor.upload_blob(f"odd/{key}", key.encode())
    vendor.upload_blob("other", b"x")
    found = list(opened.list("odd/"))
    assert sorted(found, key=lambda info: info.key) == sorted(
        (ObjectInfo(f"odd/{key}".replace("\\", "/"), len(key.encode())) for key in ODD_KEYS), key=lambda info: info.key
    ), "the service takes a backslash for a slash"
    assert opened.delete([*(info.key for info in found), "never there"]) == len(ODD_KEYS) + 1
    assert [info.key for info in opened.list("")] == ["other"]


@pytest.mark.server
def test_a_server_without_batches_is_asked_for_one_after_the_other(
    keys: Azurite, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = store(keys.endpoint, f"{ACCOUNT}/{box}")
    opened.make_ready([], create=True)
    for key in ("a", "b"):
        sdk(keys, box).upload_blob(key, b"x")
    monkeypatch.setattr(opened, "_knows_batches", False)
    assert opened.delete(["a", "b", "c"]) == 3
    assert list(opened.list("")) == []


@pytest.mark.server
def test_a_delete_that_is_refused_says_so(azurite: Azurite, box: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk(azurite, box).create_container()
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", sas(azurite, box, -60))
    said = words(lambda: store(azurite.endpoint, f"{ACCOUNT}/{box}").delete(["a", "b"]))
    assert "deleting" in said and "AuthorizationFailure" in said and " expired at " in said


@pytest.mark.server
def test_who_is_not_let_in_reads_why(azurite: Azurite, box: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk(azurite, box).create_container()
    place = f"az://{ACCOUNT}/{box} at {azurite.url}"
    refused = f"{place}: listing the container was refused: AuthorizationFailure: {REFUSED} (HTTP 403, request ID); "

    def said(**options: Any) -> str:
        return words(lambda: store(azurite.endpoint, f"{ACCOUNT}/{box}", **options).probe(writes=True))

    monkeypatch.setenv("AZURE_STORAGE_KEY", "bm90IHRoZSBrZXk=")
    assert said() == f"{refused}the account key (AZURE_STORAGE_KEY) is not one of this account's; copy it anew"
    assert said(anonymous=True) == f"{refused}the container is not public; remove `anonymous: true`"
    monkeypatch.delenv("AZURE_STORAGE_KEY")
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", container_sas(ACCOUNT, azurite.secret_key, box, 1_700_000_000))
    named = "the shared access signature (AZURE_STORAGE_SAS_TOKEN)"
    assert said() == f"{refused}{named} expired at 2023-11-14 22:13:20 UTC; get a new one and start again"
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", sas(azurite, "another-box"))
    assert said() == f"{refused}{named} is not one of this account and container, or was changed; copy it anew"


@pytest.mark.server
def test_a_given_signature_serves(azurite: Azurite, box: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk(azurite, box).create_container()
    given = sas(azurite, box)
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", f"?{given}")
    opened = store(azurite.endpoint, f"{ACCOUNT}/{box}")
    result = opened.probe(writes=True)
    assert result.summary.endswith("(shared access signature of AZURE_STORAGE_SAS_TOKEN)")
    assert opened.driver_config().credentials == {"sas": given}
    assert "sig=" not in f"{result}"


@pytest.mark.server
def test_a_connection_string_names_the_end_point_too(
    azurite: Azurite, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"AccountName={ACCOUNT};AccountKey={azurite.secret_key};BlobEndpoint={azurite.url}"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", text)
    opened = store(None, f"{ACCOUNT}/{box}")
    opened.make_ready([], create=True)
    assert opened.probe(writes=True).summary.endswith("(account key of AZURE_STORAGE_CONNECTION_STRING)")


@pytest.mark.server
def test_a_sign_in_serves_over_tls(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: str
) -> None:
    tokens = [SimpleNamespace(token=token(), expires_on=int(time.time()) + 3600)]
    chain = SimpleNamespace(get_token=lambda scope: tokens[0] if "storage.azure.com" in scope else None)
    monkeypatch.setitem(sys.modules, "azure.identity", SimpleNamespace(DefaultAzureCredential=lambda: chain))  # type: ignore[arg-type]
    with azurite_server.serve(tmp_path, certificate=certificates.good) as server:
        tls = {"ca_file": str(certificates.ca_file)}
        opened = store(server.endpoint, f"{ACCOUNT}/{box}", tls=tls)
        opened.make_ready([], create=True)
        result = opened.probe(writes=True)
        assert result.summary.endswith("(bearer token of azure-identity)")
        assert result.facts["endpoints"][0]["tls"] == "verified"
        assert opened.driver_config().credentials == {"bearer": tokens[0].token}
        assert opened.driver_config().options["ca_file"] == str(certificates.ca_file)
        tokens[0] = SimpleNamespace(token=token(-600), expires_on=int(time.time()) + 3600)
        said = words(lambda: store(server.endpoint, f"{ACCOUNT}/{box}", tls=tls).probe(writes=True))
        assert "the bearer token (azure-identity) is not accepted; sign in to the tenant of this account" in said
        assert "is signed by a CA that is not trusted here" in words(
            lambda: store(server.endpoint, f"{ACCOUNT}/{box}").probe(writes=False)
        )
        monkeypatch.setenv("AZURE_STORAGE_KEY", server.secret_key)
        loose = store(server.endpoint, f"{ACCOUNT}/{box}", tls={"insecure": True})
        assert "certificate not verified" in loose.probe(writes=True).summary
        assert loose.driver_config().options["ca_file"] is None


def test_a_token_never_goes_over_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    given = SimpleNamespace(token="t", expires_on=2**40)
    chain = SimpleNamespace(get_token=lambda scope: given)
    monkeypatch.setitem(sys.modules, "azure.identity", SimpleNamespace(DefaultAzureCredential=lambda: chain))  # type: ignore[arg-type]
    said = words(lambda: store("http://127.0.0.1:1", "acc/box").driver_config())
    assert said.startswith("the end point http://127.0.0.1:1/acc is plain http, over which no bearer token may go;")


# --- servers that fail, and that are none -------------------------------------------------------------------------


@pytest.fixture
def a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", "c2VjcmV0LXNlY3JldC1zZWNyZXQ=")


def said_of(answer: Answer, **options: Any) -> str:
    with answering(lambda _: answer) as server:
        place = f"az://acc/box at {server.endpoint}/acc: listing the container "
        said = words(lambda: store(server.endpoint, "acc/box", **options).probe(writes=False))
        assert said.startswith(place)
        assert "c2VjcmV0" not in said and not re.search(r"sig=[^*]", said)
        assert len(server.asked) == 1, "a probe asks once"
        return said.removeprefix(place)


def error(status: int, code: str, message: str = "words of the server", **headers: str) -> Answer:
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}\nRequestId:REQ\nTime:T</Message></Error>'
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        status,
        body,
        {"Content-Type": "application/xml", "x-ms-request-id": "REQ", "x-ms-error-code": code, **named},
    )


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (error(404, "ContainerNotFound"), "was refused: ContainerNotFound: words of the server (HTTP 404, request REQ); create the container, or correct its name in the target"),
        (error(409, "ContainerBeingDeleted"), "was refused: ContainerBeingDeleted: words of the server (HTTP 409, request REQ); wait until it is gone, which takes half a minute or more, or use another name"),
        (error(403, "AuthenticationFailed"), "was refused: AuthenticationFailed: words of the server (HTTP 403, request REQ); the account key (AZURE_STORAGE_KEY) is not one of this account's; copy it anew"),
        (error(403, "AuthorizationPermissionMismatch"), "was refused: AuthorizationPermissionMismatch: words of the server (HTTP 403, request REQ); the account key (AZURE_STORAGE_KEY) lacks the permission; it needs read, create, write, delete and list on blobs and the container"),
        (error(403, "KeyBasedAuthenticationNotPermitted"), "was refused: KeyBasedAuthenticationNotPermitted: words of the server (HTTP 403, request REQ); this account takes no keys; unset AZURE_STORAGE_KEY and AZURE_STORAGE_CONNECTION_STRING, and sign in (az login)"),
        (error(400, "AccountRequiresHttps"), "was refused: AccountRequiresHttps: words of the server (HTTP 400, request REQ); write https:// for the end point"),
        (error(503, "ServerBusy"), "was refused: ServerBusy: words of the server (HTTP 503, request REQ); the server is too busy; try again later"),
        (error(500, "InternalError"), "was refused: InternalError: words of the server (HTTP 500, request REQ); the server is at fault; look into its log"),
        (error(418, "Teapot", "\x7f[31m\tsig=abc%3D c2VjcmV0LXNlY3JldC1zZWNyZXQ="), "was refused: Teapot: [31m sig=*** *** (HTTP 418, request REQ); check the target and its options"),
        (Answer(404, "<h1>no</h1>", {"Content-Type": "text/html", "Server": "web/1"}), "failed: the answer is not Azure Blob Storage's (HTTP 404, text/html); something else (web/1) listens there; write the end point of the blob service"),
        (Answer(400, "Client sent an HTTP request to an HTTPS server.", {"Content-Type": "text/plain"}), "failed: the answer is not Azure Blob Storage's (HTTP 400, text/plain); the port may speak TLS: write https:// for the end point"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("a_key")
def test_what_the_server_says_is_passed_on_with_advice(answer: Answer, text: str) -> None:
    assert said_of(answer) == text


@pytest.mark.usefixtures("a_key")
def test_clocks_that_differ_are_named() -> None:
    late = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(1_800_001_200))
    answer = error(403, "AuthenticationFailed", Date=late)
    assert said_of(answer, clock=lambda: 1_800_000_000.5).endswith(
        "the clocks differ by 20m00s, the server's is ahead; set this machine's clock (NTP)"
    )


@pytest.mark.parametrize("answer", [Answer(200, "<html/>", {"Content-Type": "text/html"}), Answer(404), error(403, "AuthorizationPermissionMismatch"), error(501, "NotImplemented")])  # fmt: skip
@pytest.mark.usefixtures("a_key")
def test_a_server_without_listings_is_told_from_one_that_fails(answer: Answer) -> None:
    with answering(lambda _: answer) as server, pytest.raises(ListingRefused, match=r"^az://acc/box at http://"):
        store(server.endpoint, "acc/box").probe(writes=False)


@pytest.mark.usefixtures("a_key")
def test_nobody_listens_or_knows_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert words(lambda: store(endpoint, "acc/box").probe(False)) == (
            f"az://acc/box at {endpoint}/acc: the connection was refused; check that the server runs and listens there"
        )

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert words(lambda: store(None, "acc/box").probe(False)) == (
        "az://acc/box at https://acc.blob.core.windows.net: the host name is not known (Name or service not known); "
        "there is no such account, or the end point or the DNS is wrong"
    )


@pytest.mark.usefixtures("a_key")
def test_a_port_that_speaks_otherwise(certificates: Certificates) -> None:
    with answering(lambda _: Answer()) as plain:
        said = words(lambda: store(plain.endpoint.replace("http:", "https:"), "acc/box").probe(False))
        assert said.endswith(": the port does not speak TLS; write http:// for the end point")
    with answering(lambda _: Answer(), certificates.good) as secure:
        said = words(lambda: store(secure.endpoint, "acc/box").probe(False))
        assert "if the port speaks TLS, write https:// for the end point" in said


@pytest.mark.server
def test_a_frozen_server_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with azurite_server.serve(tmp_path) as server:
        monkeypatch.setenv("AZURE_STORAGE_KEY", server.secret_key)
        opened = store(server.endpoint, f"{ACCOUNT}/box")
        server.freeze()
        assert "had no answer within 3.00 s" in words(lambda: opened.probe(False))
