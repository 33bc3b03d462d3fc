"""Tokens, certificates and who may listen where; each way in which both ends can fail to know each other."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from s3bench_tui.errors import ConfigError
from s3bench_tui.fleet.grpc import certificates
from s3bench_tui.fleet.grpc.address import Address
from s3bench_tui.fleet.grpc.channel import failure, open_channel
from s3bench_tui.fleet.grpc.security import (
    Certificate,
    Protection,
    Trust,
    authorities_from,
    certificate_from,
    is_loopback,
    token_from,
)
from s3bench_tui.fleet.grpc.server import Server
from tests.servers.certificates import Certificates, make_certificates

TOKEN = "correct-horse-battery-staple"
OTHER = "correct-horse-battery-stapl3"


def echo() -> grpc.GenericRpcHandler:
    return grpc.method_handlers_generic_handler(
        "test.Echo",
        {
            "One": grpc.unary_unary_rpc_method_handler(lambda request, context: request),
            "Many": grpc.stream_stream_rpc_method_handler(lambda requests, context: requests),
        },
    )


def asked(protection: Protection, trust: Trust, host: str = "127.0.0.1") -> bytes | str:
    """What comes of a call: the answer, or what is told of its failure."""
    with (
        Server(Address("127.0.0.1", 0), protection, [echo()]) as server,
        open_channel(Address(host, server.address.port), trust) as channel,
    ):
        try:
            return bytes(channel.unary_unary("/test.Echo/One")(b"hi", timeout=10))
        except grpc.RpcError as error:
            return failure(error)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("made")
    assert certificates.self_signed(directory, ["localhost", "127.0.0.1"])
    yield directory


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("foreign"))


def agent_of(directory: Path) -> Certificate:
    return certificate_from(str(directory / certificates.AGENT_CERT), str(directory / certificates.AGENT_KEY))


def controller_of(directory: Path) -> Certificate:
    return certificate_from(str(directory / certificates.CONTROLLER_CERT), str(directory / certificates.CONTROLLER_KEY))


# --- tokens -------------------------------------------------------------------------------------------------------


def test_open_on_loopback() -> None:
    assert asked(Protection(), Trust()) == b"hi"


def test_the_token_lets_in() -> None:
    assert asked(Protection(token=TOKEN), Trust(token=TOKEN)) == b"hi"


@pytest.mark.parametrize("shown", ["", OTHER, TOKEN[:-1], TOKEN + "x"])
def test_without_the_token_no_call_begins(shown: str) -> None:
    said = asked(Protection(token=TOKEN), Trust(token=shown))
    assert said == f"{'wrong' if shown else 'no'} token: this agent wants the token that it was started with"


def test_a_stream_is_refused_before_it_is_read() -> None:
    with Server(Address("127.0.0.1", 0), Protection(token=TOKEN), [echo()]) as server:
        with open_channel(server.address, Trust()) as channel, pytest.raises(grpc.RpcError) as refused:
            next(channel.stream_stream("/test.Echo/Many")(iter([b"hi"]), timeout=10))
        with open_channel(server.address, Trust(token=TOKEN)) as channel:
            assert list(channel.stream_stream("/test.Echo/Many")(iter([b"a", b"b"]), timeout=10)) == [b"a", b"b"]
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_a_token_of_the_environment_or_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    assert token_from("T", None, {"T": TOKEN}) == TOKEN
    assert token_from(None, str(file), {}) == TOKEN
    assert token_from(None, None, {"T": TOKEN}) == ""


@pytest.mark.parametrize("token", ["", "  ", "short", "spaces are not sent", "umlauts-are-not-sänt"])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(ConfigError) as refused:
        token_from("T", None, {"T": token})
    assert not token.strip() or token not in str(refused.value)


def test_secrets_are_not_shown() -> None:
    certificate = Certificate(b"public", b"private")
    assert TOKEN not in repr(Protection(token=TOKEN)) + repr(Trust(token=TOKEN))
    assert "private" not in repr(Protection(certificate=certificate)) + repr(Trust(certificate=certificate))


# --- TLS ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_tls(made: Path, host: str) -> None:
    trust = Trust(tls=True, ca=(made / certificates.CA).read_bytes())
    assert asked(Protection(certificate=agent_of(made)), trust, host) == b"hi"


def test_mutual_tls(made: Path, tmp_path: Path) -> None:
    ca = authorities_from(str(made / certificates.CA), "--agent-ca")
    mutual = Protection(certificate=agent_of(made), client_ca=ca)
    certificates.self_signed(tmp_path / "other", ["localhost"])
    assert asked(mutual, Trust(tls=True, ca=ca, certificate=controller_of(made))) == b"hi"
    for wrong in (None, controller_of(tmp_path / "other")):
        assert "want a certificate" in str(asked(mutual, Trust(tls=True, ca=ca, certificate=wrong)))


def test_a_certificate_out_of_date(foreign: Certificates) -> None:
    files = foreign.expired
    with pytest.raises(ConfigError, match="expired on"):
        certificate_from(str(files.cert_file), str(files.key_file))
    expired = Protection(certificate=Certificate(files.cert_file.read_bytes(), files.key_file.read_bytes()))
    said = asked(expired, Trust(tls=True, ca=foreign.ca_file.read_bytes()))
    assert said == "its certificate has expired; make a new one on the agent"


def test_a_certificate_for_another_name(foreign: Certificates) -> None:
    files = foreign.wrong_name
    protection = Protection(certificate=certificate_from(str(files.cert_file), str(files.key_file)))
    trust = Trust(tls=True, ca=foreign.ca_file.read_bytes())
    assert "--agent-domain" in str(asked(protection, trust))
    named = Trust(tls=True, ca=trust.ca, domain="elsewhere.invalid")
    assert asked(protection, named) == b"hi"


def test_an_authority_that_is_not_trusted(made: Path, foreign: Certificates) -> None:
    said = asked(Protection(certificate=agent_of(made)), Trust(tls=True, ca=foreign.ca_file.read_bytes()))
    assert "--agent-ca" in str(said)


def test_tls_and_plain_text_do_not_meet(made: Path) -> None:
    trust = Trust(tls=True, ca=(made / certificates.CA).read_bytes())
    assert "without TLS" in str(asked(Protection(), trust))
    assert "may speak TLS alone" in str(asked(Protection(certificate=agent_of(made)), Trust()))


class Cut(grpc.RpcError):
    """A connection that went away."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        return "Socket closed"


def test_one_that_has_spoken_was_reached() -> None:
    assert "may speak TLS alone" in failure(Cut())
    said = failure(Cut(), spoken=True)
    assert said.startswith("its connection broke off (Socket closed)") and "TLS" not in said


def test_a_key_that_does_not_fit(made: Path) -> None:
    with pytest.raises(ConfigError, match="fits the key"):
        certificate_from(str(made / certificates.AGENT_CERT), str(made / certificates.CONTROLLER_KEY))
    with pytest.raises(ConfigError, match="cannot be read"):
        certificate_from(str(made / "none.pem"), str(made / certificates.CONTROLLER_KEY))
    with pytest.raises(ConfigError, match="no PEM certificate"):
        authorities_from(str(made / certificates.AGENT_KEY), "--agent-ca")


def test_keys_are_for_their_owner_alone(made: Path) -> None:
    for name in certificates.FILES:
        mode = stat.S_IMODE(os.stat(made / name).st_mode)
        assert mode & 0o077 == (0 if name.endswith("_key.pem") else 0o044)


def test_certificates_are_made_once(made: Path) -> None:
    before = {name: (made / name).read_bytes() for name in certificates.FILES}
    assert not certificates.self_signed(made, ["elsewhere.invalid"])
    assert {name: (made / name).read_bytes() for name in certificates.FILES} == before


def test_a_part_of_the_certificates(tmp_path: Path) -> None:
    (tmp_path / certificates.CA).write_text("somebody's")
    with pytest.raises(ConfigError, match="but not all"):
        certificates.self_signed(tmp_path, ["localhost"])
    assert (tmp_path / certificates.CA).read_text() == "somebody's"


# --- where to listen ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.0.2.1", False), ("no-such-host.invalid", False)],
)  # fmt: skip
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) == loopback


@pytest.mark.parametrize("tls", [False, True])
def test_unguarded_beyond_loopback_is_refused(made: Path, tls: bool) -> None:
    unguarded = Protection(certificate=agent_of(made) if tls else None)
    with pytest.raises(ConfigError, match="anybody could start load"):
        Server(Address("0.0.0.0", 0), unguarded, [echo()])


def test_client_certificates_need_tls(made: Path) -> None:
    with pytest.raises(ConfigError, match="needs a certificate of the agent's own"):
        Protection(client_ca=(made / certificates.CA).read_bytes())


def test_a_port_that_is_taken() -> None:
    with (
        Server(Address("127.0.0.1", 0), Protection(), [echo()]) as server,
        pytest.raises(ConfigError, match="in use"),
    ):
        Server(server.address, Protection(), [echo()])


def test_a_message_that_is_too_large() -> None:
    with (
        Server(Address("127.0.0.1", 0), Protection(), [echo()]) as server,
        grpc.insecure_channel(str(server.address)) as channel,
        pytest.raises(grpc.RpcError) as refused,
    ):
        channel.unary_unary("/test.Echo/One")(bytes(5 << 20), timeout=10)
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_nothing_listens() -> None:
    with Server(Address("127.0.0.1", 0), Protection(), [echo()]) as server:
        gone = server.address
    with open_channel(gone, Trust()) as channel, pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary("/test.Echo/One")(b"hi", timeout=10)
    assert failure(refused.value) == "nothing listens there; is the agent running?"
