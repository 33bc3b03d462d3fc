"""The data plane of az:// through azure-storage-blob, with its own retries. What it shares with others is in stores.sdk.driver.

Up to 32 MiB of a blob come in the SDK's first answer, which it reads to its end before it hands out any: the first byte
that an application sees of such a blob comes with the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from time import monotonic_ns
from types import SimpleNamespace
from typing import Any

from s3bench_tui import __version__
from s3bench_tui.stores.azure import failure as failure
from s3bench_tui.stores.base import DriverConfig, Operation, PayloadSource
from s3bench_tui.stores.http.azure import BATCH_LIMIT
from s3bench_tui.stores.http.sas import VERSION, secrets_of
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import CONNECT, PARTIAL, PROTOCOL, RESET, TIMEOUT
from s3bench_tui.stores.sdk.driver import LEAST_POOL, POOL, Sdk, SdkDriver
from s3bench_tui.stores.sdk.failure import DETAIL_LIMIT, refused, unanswered
from s3bench_tui.units import NS_PER_S

_RETRIES = 3
_BACKOFF_S = 15
_LIMITS: Mapping[str, Any] = {
    "max_single_put_size": 64 << 20,
    "max_block_size": 4 << 20,
    "max_single_get_size": 32 << 20,
    "max_chunk_get_size": 4 << 20,
}
"""These and the above as the SDK's documentation has its defaults; set, so that what the report shows is what holds."""

_BLOCK_BYTES = 256 * 1024
"""As the SDK reads bodies where it makes its transport itself."""

_NEVER_S = 1 << 40
"""A time in seconds of the epoch that no run sees."""

_OUTCOMES = {
    "ReadTimeout": TIMEOUT,
    "ReadTimeoutError": TIMEOUT,
    "ServiceResponseTimeoutError": TIMEOUT,
    "ServiceRequestError": CONNECT,
    "ServiceResponseError": RESET,
    "IncompleteReadError": RESET,
    "DecodeError": PROTOCOL,
    "DeserializationError": PROTOCOL,
}
"""By the names of the SDK's exceptions, so that no worker loads it to know them."""


def told() -> Sdk:
    """What the report shows of this driver; sends nothing, and needs no more than the lean client is told."""
    return Sdk(
        "azure-storage-blob",
        {},
        {
            "azure_storage_blob": version("azure-storage-blob"),
            "retry_mode": "exponential",
            "max_attempts": _RETRIES + 1,
            "retry_backoff_s": _BACKOFF_S,
            "pool_connections": POOL,
            **_LIMITS,
        },
    )


class AzureSdkDriver(SdkDriver):
    """The SDK's client of a container."""

    def __init__(self, config: DriverConfig, payload: PayloadSource) -> None:
        super().__init__(config, payload)
        self._put_more: list[dict[str, Any]] = []

    def _opened(self) -> list[Any]:
        import urllib3
        from azure.core.credentials import AccessToken, AzureSasCredential
        from azure.core.pipeline.transport import RequestsTransport
        from azure.storage.blob import ContainerClient, ContentSettings, ExponentialRetry

        config, said, shown = self._config, self._config.options, self._credentials
        if said["insecure"]:
            urllib3.disable_warnings()  # asked for, and said in the report
        self._put_more = [_put_more(line, ContentSettings) for line in config.lines]

        class Token:
            def get_token(self, *scopes: str, **_: Any) -> AccessToken:
                return AccessToken(shown["bearer"], _NEVER_S)  # renewed from outside

        credential = AzureSasCredential(shown["sas"]) if "sas" in shown else Token() if shown else None

        def transport() -> Any:
            opened = RequestsTransport(
                connection_timeout=config.connect_timeout_ns / NS_PER_S,
                read_timeout=config.operation_timeout_ns / NS_PER_S,
                connection_verify=said["ca_file"] or not said["insecure"],
                connection_data_block_size=_BLOCK_BYTES,
                use_env_settings=False,  # the probe and the lean client use no proxies
            )
            opened.open()
            for adapter in opened.session.adapters.values():
                adapter.init_poolmanager(LEAST_POOL, self._pool)
            return opened

        return [
            ContainerClient.from_container_url(
                f"{endpoint['scheme']}://{endpoint['host_header']}{endpoint['base_path']}",
                credential=credential,
                api_version=VERSION,
                transport=transport(),
                retry_policy=ExponentialRetry(initial_backoff=_BACKOFF_S, increment_base=3, retry_total=_RETRIES),
                user_agent=f"s3bench-tui/{__version__}",
                **_LIMITS,
            )
            for endpoint in said["endpoints"]
        ]

    def _explain(self, error: Exception) -> tuple[int, str]:
        status = failure.status_of(error)
        headers = failure.headers_of(getattr(error, "response", None))
        outcome, detail = (
            (status, refused(status, failure.code_of(error), failure.said(error), headers.get("x-ms-request-id", "")))
            if status
            else unanswered(error, _OUTCOMES)
        )
        shown = self._credentials
        for secret in sorted(
            secrets_of(shown["sas"]) if "sas" in shown else set(shown.values()), key=len, reverse=True
        ):
            detail = detail.replace(secret, "***")
        return outcome, detail

    def _count_retry(self, **_: Any) -> None:
        """Called by the SDK in the operation's thread before each attempt but the first."""
        self._own.retries += 1

    def _get(self, op: Operation, client: Any) -> None:
        span = {"offset": op.offset, "length": op.length} if op.offset >= 0 else {}
        stream = client.download_blob(op.key, retry_hook=self._count_retry, **span)
        got = 0
        for chunk in stream.chunks():
            if chunk and not got:
                op.first_byte_ns = monotonic_ns()
            got += len(chunk)
        self._came(op, got)

    def _put(self, op: Operation, client: Any) -> None:
        more = self._put_more[op.entry] if self._put_more else {}
        client.upload_blob(op.key, self._own.sent, overwrite=True, retry_hook=self._count_retry, **more)
        op.transferred = op.length

    def _make_body(self, op: Operation) -> None:
        super()._make_body(op)
        self._own.sent = bytes(self._own.body)  # the SDK takes no buffer that can change

    def _stat(self, op: Operation, client: Any) -> None:
        op.length = client.get_blob_client(op.key).get_blob_properties(retry_hook=self._count_retry).size

    def _list(self, op: Operation, client: Any) -> None:
        options = self._pages.options(op)
        wanted = {"name_starts_with": op.key or None, "results_per_page": options.max_keys or None}
        listing = client.walk_blobs if options.delimiter else client.list_blobs
        wanted |= {"delimiter": options.delimiter} if options.delimiter else {}
        marker = self._pages.first(op)
        self._pages.forget(op)  # whatever goes wrong, the next walk begins anew
        while True:
            pages = listing(**wanted, retry_hook=self._count_retry).by_page(marker)
            found = list(next(pages, ()))
            op.pages += 1
            op.items += len(found)
            marker = self._pages.following(op, pages.continuation_token or None)
            if marker is None:
                return

    def _copy(self, op: Operation, client: Any) -> None:
        source = client.get_blob_client(op.source).url
        shown = self._credentials
        more = {"source_authorization": f"Bearer {shown['bearer']}"} if "bearer" in shown else {}
        source += f"?{shown['sas']}" if "sas" in shown else ""
        copied = client.get_blob_client(op.key).start_copy_from_url(
            source, requires_sync=True, retry_hook=self._count_retry, **more
        )
        if copied.get("copy_status") != "success":
            op.outcome = PROTOCOL
            op.detail = f"the copy was to be done when the answer came, and is {copied.get('copy_status')}"

    def _tag(self, op: Operation, client: Any) -> None:
        tags = dict(self._config.lines[op.entry].tags)
        client.get_blob_client(op.key).set_blob_tags(tags, retry_hook=self._count_retry)

    def _get_tags(self, op: Operation, client: Any) -> None:
        client.get_blob_client(op.key).get_blob_tags(retry_hook=self._count_retry)

    def _delete(self, op: Operation, client: Any) -> None:
        if not op.keys:
            client.delete_blob(op.key, retry_hook=self._count_retry)
            return
        left: list[int] = []
        for start in range(0, len(op.keys), BATCH_LIMIT):
            keys = op.keys[start : start + BATCH_LIMIT]
            statuses = [answer.status_code for answer in client.delete_blobs(*keys, raise_on_any_failure=False)]
            op.pages += 1
            failed = [status for status in statuses if not 200 <= status < 300]
            op.items += len(keys) - len(failed)
            left += failed
        if left:
            op.outcome = PARTIAL
            op.detail = f"{len(left)} of {len(op.keys)} blobs were not deleted; one of them: {left[0]}"[:DETAIL_LIMIT]


def _put_more(line: LineOptions, content_settings: Any) -> dict[str, Any]:
    """What a PUT of this line asks of the SDK beside what every PUT does."""
    kept = {
        name: value
        for name, value in (("content_type", line.content_type), ("cache_control", line.cache_control))
        if value
    }
    said = {
        "metadata": dict(line.metadata),
        "tags": dict(line.tags),
        # The SDK takes members of an enumeration; the lean client leaves it to the server which tiers there are.
        "standard_blob_tier": SimpleNamespace(value=line.storage_class) if line.storage_class else None,
        "content_settings": content_settings(**kept) if kept else None,
    }
    return {name: value for name, value in said.items() if value}
