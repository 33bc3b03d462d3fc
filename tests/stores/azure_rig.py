"""What the tests of az:// share: containers, a driver over one, the vendor's SDK, and stores that see chosen variables."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import ContainerClient

from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.azure.store import AzureStore, open_driver
from s3bench_tui.stores.base import DriverConfig
from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.http.sas import VERSION, container_sas
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.uri import Uri
from tests.servers.process import Server


def new_name() -> str:
    return f"box-{uuid.uuid4().hex[:12]}"


def sdk(server: Server, container: str) -> ContainerClient:
    """The vendor's client, with the account key."""
    return ContainerClient(
        f"{server.endpoint}/{server.access_key}",
        container,
        credential=AzureNamedKeyCredential(server.access_key, server.secret_key),
        api_version=VERSION,
        retry_total=0,
    )


def sas(server: Server, container: str, life_s: int = 600) -> str:
    return container_sas(server.access_key, server.secret_key, container, int(time.time()) + life_s)


@contextmanager
def driving(
    server: Server,
    container: str,
    *,
    credentials: Mapping[str, str] | None = None,
    timeout_s: float = 20,
    lines: Sequence[LineOptions] = (),
    **options: Any,
) -> Iterator[HttpDriver]:
    """A driver over this container, closed at the end."""
    parts = urlsplit(server.endpoint)
    endpoint = {
        "scheme": parts.scheme,
        "host": parts.hostname,
        "port": parts.port,
        "host_header": parts.netloc,
        "base_path": f"/{server.access_key}/{container}",
    }
    config = DriverConfig(
        "az",
        container,
        {"endpoints": [endpoint], **options},
        {"sas": sas(server, container)} if credentials is None else credentials,
        operation_timeout_ns=int(timeout_s * 1e9),
        lines=lines,
    )
    driver = cast(HttpDriver, open_driver(config, Payload(1)))
    try:
        yield driver
    finally:
        driver.close()


def store(
    endpoint: str | tuple[str, ...] | None, root: str, prefix: str = "", clock: Any = time.time, **options: Any
) -> AzureStore:
    """The control plane of `account/container`."""
    target = Target(uri=f"az://{root}/{prefix}", endpoint=endpoint, **options)
    return AzureStore(target, Uri("az", root, prefix), 2 * 10**9, 3 * 10**9, clock)


def token(life_s: int = 3600) -> str:
    """A bearer token as Azurite takes it: it looks at issuer, audience and times, and at no signature."""
    now = int(time.time())
    claims = {
        "aud": "https://storage.azure.com",
        "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + life_s,
    }
    parts = ({"alg": "RS256", "typ": "JWT"}, claims, "unchecked")
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
