"""What the tests of gs:// share: a driver over an end point, buckets, and answers as Google gives them."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import quote, urlsplit

from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.stores.base import DriverConfig
from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.registry import open_driver
from tests.servers.fakegcs import create_bucket
from tests.servers.process import Server

BUCKET = "bucket"
ODD_KEYS = [
    "plain", "a b", "a+b", "a%20b", "a%2Fb", "100%", "ünïcödé/日本/🪣", "quotes'\"`", "amp&eq=?semi;colon:,@$!*()",
    "tilde~^|[]{}<>\\", "#hash?query=1&x", "dots.../...x", "e\u0301 not normalised", "trailing/slash/", "double//slash",
    "/leading", "a/../b", "./a", "tab\there", "...",
]  # fmt: skip


def new_bucket(server: Server) -> str:
    name = f"gcs-{uuid.uuid4().hex[:12]}"
    create_bucket(server, name)
    return name


def endpoint(url: str) -> dict[str, Any]:
    """An end point as `DriverConfig.options` holds it."""
    parts = urlsplit(url)
    place = {"scheme": parts.scheme, "host": parts.hostname, "port": parts.port}
    return {**place, "host_header": parts.netloc, "base_path": parts.path}


def fetch(server: Server, bucket: str, key: str) -> bytes:
    url = f"{server.endpoint}/storage/v1/b/{bucket}/o/{quote(key, safe='')}?alt=media"
    with urllib.request.urlopen(url, timeout=20) as answer:
        found: bytes = answer.read()
    return found


def write(server: Server, bucket: str, key: str, body: bytes) -> None:
    url = f"{server.endpoint}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(key, safe='')}"
    with urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=20):
        pass


@contextmanager
def driving(
    url: str,
    bucket: str = BUCKET,
    token: str = "",
    customer_key: str = "",
    timeout_s: float = 20,
    lines: Sequence[LineOptions] = (),
    **options: Any,
) -> Iterator[HttpDriver]:
    """A driver over this end point, closed at the end."""
    said = {"token": token, "customer_key": customer_key}
    credentials: Mapping[str, str] = {name: value for name, value in said.items() if value}
    config = DriverConfig(
        "gs",
        bucket,
        {"endpoints": [endpoint(url)], **options},
        credentials,
        operation_timeout_ns=int(timeout_s * 1e9),
        lines=lines,
    )
    driver = cast(HttpDriver, open_driver(config, Payload(1)))
    try:
        yield driver
    finally:
        driver.close()


def refusal(status: int, reason: str, message: str) -> str:
    """The body of an error as Google says it."""
    each = {"message": message, "domain": "global", "reason": reason}
    return json.dumps({"error": {"code": status, "message": message, "errors": [each]}})


def page(*names: str, token: str = "") -> str:
    """The body of one page of a listing."""
    items = {"items": [{"name": name, "size": "5"} for name in names]} if names else {}
    following = {"nextPageToken": token} if token else {}
    return json.dumps({"kind": "storage#objects", **items, **following})
