"""The places over which the contract of stores runs: a server or a directory each, a client, and what is its own there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.base import Driver, Operation, Store
from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.registry import open_driver, open_store
from tests.servers.process import Server
from tests.stores import http_rig

ODD_KEYS = (
    "plain", "a b", "a+b", "a%20b", "a%2Fb", "100%", "ünïcödé/日本/🪣", "quotes'\"`", "amp&eq=?semi;colon:,@$!*()",
    "tilde~^|[]{}<>\\", "#hash?query=1&x", "dots.../...x", "e\u0301 not normalised", "double//slash", "a/../b", "./a",
    "trailing/slash/", "/leading", "tab\there", "new\nline",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a place is; the same for all that are made of it."""

    scheme: str
    server: str = ""
    """The fixture; empty for directories."""
    client: str = "lean"
    knows: str = ""
    """Who is refused: `keys` where wrong credentials are, empty where the server looks at none."""
    missing: str = "http_404"
    gone: str = "http_404"
    """What becomes of the delete of a key that is not there."""
    beyond: str = "http_416"
    """What becomes of a range that begins behind the end."""
    pages: int = 2
    """Of a listing of a little more than a thousand."""
    many: int = 1104
    """Objects of that listing: more than fit on a page of most."""
    batch: int = 1000
    """Most keys of one delete."""
    cannot: frozenset[str] = frozenset()
    """Odd keys that it does not keep as they are."""
    unread: frozenset[str] = frozenset()
    """Odd keys that the vendor's SDK cannot ask for, so that only the driver can tell what lies there."""


_DIRECTORY = frozenset({"double//slash", "a/../b", "./a", "trailing/slash/", "/leading"})
_DOTTED = frozenset({"a/../b", "./a"})
"""Azure's SDK does away with the dots, and then its signature does not fit."""
_BACKSLASH = frozenset({"tilde~^|[]{}<>\\"})
"""Azure takes it for a slash."""
_FILES = {"missing": "os_ENOENT", "gone": "os_ENOENT", "beyond": "integrity", "pages": 1, "cannot": _DIRECTORY}

KINDS: Mapping[str, Kind] = {
    "file": Kind("file", **cast(Any, _FILES)),
    "direct": Kind("direct", **cast(Any, _FILES)),
    "rclone": Kind("s3", "rclone", knows="keys", gone="ok", cannot=_DIRECTORY),
    "moto": Kind("s3", "moto", gone="ok", cannot=frozenset({"new\nline"})),
    "rgw": Kind("s3", "rgw", knows="keys", gone="ok"),
    "boto3": Kind("s3", "rgw", "sdk", knows="keys", gone="ok"),
    "azurite": Kind("az", "azurite", knows="keys", pages=1, batch=256, cannot=_BACKSLASH, unread=_DOTTED),
    "azure-sdk": Kind("az", "azurite", "sdk", knows="keys", pages=1, many=304, batch=256, cannot=_BACKSLASH | _DOTTED),
    "fakegcs": Kind("gs", "fakegcs", batch=1),
}
WRONG = "bm90LXRoZS1zZWNyZXQtYXQtYWxs"
"""A secret that is none; in Base64, as Azure's are."""


@dataclass(frozen=True, slots=True)
class Place:
    """An empty bucket, container or directory of its own."""

    kind: Kind
    server: Server | None
    uri: str
    monkeypatch: pytest.MonkeyPatch

    def store(self, uri: str = "", endpoint: str = "", timeout_s: float = 20) -> Store:
        options: dict[str, Any] = {"endpoint": endpoint or self.server.endpoint} if self.server else {}
        if self.kind.scheme in ("s3", "az"):
            options["client"] = self.kind.client
        if self.kind.scheme == "gs":
            options["anonymous"] = True
        return open_store(Target(uri=uri or self.uri, **options), 2 * 10**9, int(timeout_s * 1e9))

    @contextmanager
    def driver(self, uri: str = "", endpoint: str = "", timeout_s: float = 20, client: str = "") -> Iterator[Driver]:
        """Opened as a worker opens it, with room for 16 operations."""
        here = replace(self, kind=replace(self.kind, client=client or self.kind.client))
        store = here.store(uri, endpoint, timeout_s)
        driver = open_driver(store.driver_config(), Payload(1))
        try:
            driver.prewarm(16, 0)
            yield driver
        finally:
            driver.close()
            store.close()

    def read(self, key: str) -> bytes:
        """What lies there, past the driver: from the directory, or through the control plane."""
        if not self.server:
            return (Path(self.uri.partition("://")[2]) / key).read_bytes()
        store = self.store()
        try:
            return cast(Any, store)._read(key, 0)  # type: ignore[no-any-return]
        finally:
            store.close()

    def elsewhere(self) -> str:
        """The same with a name that nothing has."""
        return self.uri.rstrip("/") + "-is-not-there/"

    def forget_credentials(self) -> None:
        """From now on the environment has a secret that the server does not know."""
        for name in ("AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_KEY"):
            self.monkeypatch.setenv(name, WRONG)


def perform(driver: Driver, kind: str, *args: Any, **fields: Any) -> Operation:
    return http_rig.perform(cast(HttpDriver, driver), kind, *args, **fields)


def finish(driver: Driver, ops: list[Operation]) -> None:
    http_rig.finish(cast(HttpDriver, driver), ops)


def make(kind: Kind, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Place:
    """A new place of this kind, with its server's credentials in the environment and SDKs that do not wait to retry."""
    server: Server | None = request.getfixturevalue(kind.server) if kind.server else None
    for name, value in (server.env() if server else {}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "mine")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required")
    if kind.client == "sdk" and kind.scheme == "az":
        monkeypatch.setattr("azure.storage.blob.ExponentialRetry.get_backoff_time", lambda *_: 0.0)
        monkeypatch.setattr("azure.storage.blob._download.time", SimpleNamespace(sleep=lambda _: None))
    name = f"contract-{uuid.uuid4().hex[:12]}"
    root = {"az": f"{server.access_key if server else ''}/{name}", "s3": name, "gs": name}.get(kind.scheme)
    place = Place(kind, server, f"{kind.scheme}://{root or folder / name}/", monkeypatch)
    store = place.store()
    store.make_ready([], create=True)
    store.close()
    return place
