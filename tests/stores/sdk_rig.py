"""A driver over the SDK and the lean one, each opened as a worker opens it, from what the store of one target says."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.base import Driver
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.registry import open_driver, open_store
from tests.servers.process import Server


def new_bucket(server: Server) -> str:
    """An empty bucket of its own."""
    name = f"sdk-{uuid.uuid4().hex[:12]}"
    raw_client(server).create_bucket(Bucket=name)
    return name


def raw_client(server: Server) -> Any:
    """boto3 on this server, for what tests prepare and look at."""
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name=server.region,
        config=Config(response_checksum_validation="when_required"),
    )


@contextmanager
def driving(
    url: str | tuple[str, ...],
    bucket: str,
    client: str = "sdk",
    connect_s: float = 5,
    timeout_s: float = 20,
    slots: int = 4,
    lines: Sequence[LineOptions] = (),
    **more: Any,
) -> Iterator[Driver]:
    """A prewarmed driver with the credentials of the environment, closed at the end."""
    target = Target(uri=f"s3://{bucket}/", endpoint=url, client=client, **more)
    store = open_store(target, int(connect_s * 1e9), int(timeout_s * 1e9))
    driver = open_driver(replace(store.driver_config(), lines=lines), Payload(1))
    try:
        driver.prewarm(slots, 0)
        yield driver
    finally:
        driver.close()
        store.close()


def use_environment(monkeypatch: pytest.MonkeyPatch, server: Server | None = None, **more: str) -> None:
    """Credentials in the environment; one attempt and no checksums of answers, where `more` does not say otherwise."""
    named = {
        "AWS_ACCESS_KEY_ID": server.access_key if server else "test-access",
        "AWS_SECRET_ACCESS_KEY": server.secret_key if server else "test-secret",
        "AWS_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }
    for name, value in (named | more).items():
        monkeypatch.setenv(name, value)
