"""az://: the control plane through the vendor's SDK, and the door to the lean driver.

Importing this loads no SDK: workers, which only call `open_driver`, never do. Knows nothing of the wire (stores.http),
and never times anything.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from s3bench_tui.errors import TargetError
from s3bench_tui.stores import azure_failure as failure
from s3bench_tui.stores.azure_client import AzureClient
from s3bench_tui.stores.base import (
    Driver,
    DriverConfig,
    Inspector,
    ListingRefused,
    ObjectInfo,
    PayloadSource,
    ProbeResult,
)
from s3bench_tui.stores.options import asks_more, writes_in_parts

if TYPE_CHECKING:
    from s3bench_tui.spec.target import Target  # pydantic, which no worker loads
    from s3bench_tui.stores.uri import Uri

_BATCH = 256
_THREADS = 8


def open_driver(config: DriverConfig, payload: PayloadSource, inspector: Inspector | None = None) -> Driver:
    """The data plane, in a worker."""
    from s3bench_tui.stores.http.opening import open_http

    if writes_in_parts(config.lines):
        from s3bench_tui.stores.http.azureparts import AzureParts

        return open_http(config, AzureParts, payload, inspector)
    if asks_more(config.lines):
        from s3bench_tui.stores.http.azureoptions import AzureOptions

        return open_http(config, AzureOptions, payload, inspector)
    from s3bench_tui.stores.http.azure import AzureDialect

    return open_http(config, AzureDialect, payload, inspector)


def open_store(target: Target, uri: Uri, connect_timeout_ns: int, operation_timeout_ns: int) -> AzureStore:
    """The control plane of this target; TargetError where an end point is written wrong."""
    return AzureStore(target, uri, connect_timeout_ns, operation_timeout_ns)


class AzureStore:
    """Control plane of one container; see stores.base.Store. Looks for nothing and sends nothing before it is asked."""

    lacks_objects = True

    def __init__(
        self,
        target: Target,
        uri: Uri,
        connect_timeout_ns: int,
        operation_timeout_ns: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.created_container = False
        """Whether `make_ready` made the container."""
        self._target = target
        self._account, _, self._container = uri.root.partition("/")
        self._prefix = uri.prefix
        self._timeouts_ns = connect_timeout_ns, operation_timeout_ns
        self._clock = clock
        self._client = AzureClient(
            target, self._account, self._container, connect_timeout_ns, operation_timeout_ns, clock
        )
        self._knows_batches = True

    # --- what workers need ---------------------------------------------------------------------------------------

    def driver_config(self) -> DriverConfig:
        """End points and what requests show; the account key is not in it. Sends nothing to the blob service.

        `options`: endpoints (each: scheme, host, port, host_header, base_path), ca_file (None where nothing is
        verified), insecure, receive. `credentials`: sas, or bearer, or nothing.
        """
        target, endpoints = self._target, self._client.endpoints
        verified = not target.tls.insecure and any(endpoint.scheme == "https" for endpoint in endpoints)
        return DriverConfig(
            scheme="az",
            root=self._container,
            options={
                "endpoints": [endpoint.as_option(self._container) for endpoint in endpoints],
                "ca_file": self._client.ca_file if verified else None,
                "insecure": target.tls.insecure,
                "receive": target.receive,
            },
            credentials=self._client.credentials.mapping(),
            connect_timeout_ns=self._timeouts_ns[0],
            operation_timeout_ns=self._timeouts_ns[1],
        )

    def renewed_credentials(self) -> Mapping[str, str] | None:
        """A new signature or token where the last one is about to end; a token takes as long as its source does.

        Never raises: a failure stands in `renewal_error` until a renewal succeeds."""
        return self._client.credentials.renewed()

    @property
    def renewal_error(self) -> str:
        """Why the last renewal of credentials failed; empty where it did not."""
        return self._client.credentials.renewal_error

    # --- whether it is there --------------------------------------------------------------------------------------

    def probe(self, writes: bool) -> ProbeResult:
        """Ask every end point for a listing of one blob and, with `writes`, write, read and delete a blob of its own.

        With `writes`, an end point that does not list may still pass: what was written could be read."""
        facts = [self._probe_one(index, writes) for index in range(len(self._client.endpoints))]
        access = facts[0]["access"]
        notes = [access if access in (source := facts[0]["access_from"], "") else f"{access} of {source}"]
        notes += ["does not list"] if not all(fact["lists"] for fact in facts) else []
        notes += ["certificate not verified"] if any(fact["tls"] == "not verified" for fact in facts) else []
        skew_s = max((abs(fact["clock_skew_s"] or 0.0) for fact in facts), default=0.0)
        notes += [f"the server's clock differs by {skew_s:.0f} s"] if skew_s >= 2 else []
        answers = "wrote, read and deleted a blob" if writes else "answers"
        at = ", ".join(fact["endpoint"] for fact in facts)
        return ProbeResult(
            f"az://{self._account}/{self._container} at {at}: {answers} ({', '.join(notes)})",
            {"anonymous": self._target.anonymous, "endpoints": facts},
        )

    def _probe_one(self, index: int, writes: bool) -> dict[str, Any]:
        endpoint, credentials = self._client.endpoints[index], self._client.credentials
        headers: dict[str, str] = {}
        lists = True
        try:
            headers = self._look(index, self._prefix)
        except ListingRefused:
            if not writes:
                raise
            lists = False
        if writes:
            headers = self._write_and_read(index)
        return {
            "endpoint": endpoint.url,
            "server": headers.get("server", ""),
            "clock_skew_s": failure.skew_s(headers, self._clock()),
            "tls": "none" if endpoint.scheme == "http" else "not verified" if self._target.tls.insecure else "verified",
            "access": credentials.kind,
            "access_from": credentials.source,
            "lists": lists,
        }

    def _write_and_read(self, index: int) -> dict[str, str]:
        """The headers of the answer to the write."""
        asking = self._client.asking
        key = f"{self._prefix}.s3bench-probe-{secrets.token_hex(8)}"
        body = secrets.token_bytes(32)
        headers: dict[str, str] = {}
        try:
            with asking(f"writing {key}", index) as container:
                container.upload_blob(key, body, raw_response_hook=_keep_headers(headers))
            with asking(f"reading {key}", index) as container:
                read = container.download_blob(key).readall()
            if read != body:
                raise self._client.place(index).error(f"{key} came back with other content than was written")
        except BaseException:  # also Ctrl-C, and a failure that may have been a success at the server
            with contextlib.suppress(TargetError), asking(f"deleting {key}", index) as container:
                container.delete_blob(key)
            raise
        with asking(f"deleting the probe's own {key} (it is left behind)", index) as container:
            container.delete_blob(key)
        return headers

    def make_ready(self, prefixes: Iterable[str], create: bool) -> None:
        """See that the container exists; with `create`, make it where the server says that there is none."""
        try:
            self._look(0, "")
        except ListingRefused:
            return  # something is there; what it thinks of reads and writes, they will tell
        except TargetError as error:
            if not create or failure.code_of(error.__cause__) != "ContainerNotFound":
                raise
            self._create_container()

    def _create_container(self) -> None:
        try:
            with self._client.asking("creating the container", as_owner=True) as container:
                container.create_container()
        except TargetError as error:
            if failure.code_of(error.__cause__) != "ContainerAlreadyExists":
                raise
            return
        self.created_container = True

    # --- what is in it --------------------------------------------------------------------------------------------

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All blobs whose name starts with `prefix`, in the server's order; ListingRefused where it does not list."""
        with self._listing(f"listing {prefix}", 0, patient=True) as container:
            for found in container.list_blobs(name_starts_with=prefix or None):
                yield ObjectInfo(found.name, found.size)

    def _look(self, index: int, prefix: str) -> dict[str, str]:
        """The headers of the answer to a listing of one blob."""
        headers: dict[str, str] = {}
        with self._listing(f"listing {prefix or 'the container'}", index) as container:
            pages = container.list_blobs(
                name_starts_with=prefix or None, results_per_page=1, raw_response_hook=_keep_headers(headers)
            )
            next(pages.by_page(), None)
        if not failure.is_azure(headers):
            raise ListingRefused(str(self._client.place(index).error(f"listing failed: {failure.NOT_AZURE}")))
        return headers

    @contextlib.contextmanager
    def _listing(self, doing: str, index: int, patient: bool = False) -> Iterator[Any]:
        try:
            with self._client.asking(doing, index, patient) as container:
                yield container
        except TargetError as error:
            if failure.refuses_lists(error.__cause__, self._client.credentials.kind):
                raise ListingRefused(str(error)) from error.__cause__
            raise

    def delete(self, keys: Sequence[str]) -> int:
        """Delete these blobs, 256 a request where the server can; a missing one counts as gone.

        TargetError where not one of them could be deleted."""
        batches = [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]
        with ThreadPoolExecutor(_THREADS) as pool:
            results = list(pool.map(self._delete_batch, batches))
        gone = sum(count for count, _ in results)
        faults = [fault for _, fault in results if fault]
        if faults and not gone:
            raise faults[0]
        return gone

    def _delete_batch(self, keys: Sequence[str]) -> tuple[int, TargetError | None]:
        """How many of so many blobs are gone, and why one of the others is not."""
        if not self._knows_batches:
            return self._delete_singly(keys)
        try:
            with self._client.asking("deleting", patient=True) as container:
                answers = list(container.delete_blobs(*keys, raise_on_any_failure=False))
        except TargetError as error:
            if not failure.refuses_batches(error.__cause__):
                return 0, error
            self._knows_batches = False
            return self._delete_singly(keys)
        left = [key for key, answer in zip(keys, answers, strict=True) if answer.status_code not in (202, 404)]
        gone, fault = self._delete_singly(left)  # so that the server says why
        return len(keys) - len(left) + gone, fault

    def _delete_singly(self, keys: Sequence[str]) -> tuple[int, TargetError | None]:
        gone, fault = 0, None
        for key in keys:
            try:
                with self._client.asking(f"deleting {key}", patient=True) as container:
                    container.delete_blob(key)
                gone += 1
            except TargetError as error:
                missing = failure.code_of(error.__cause__) == "BlobNotFound"
                gone, fault = (gone + 1, fault) if missing else (gone, error)
        return gone, fault

    def close(self) -> None:
        self._client.close()


def _keep_headers(kept: dict[str, str]) -> Callable[[Any], None]:
    """A hook of the SDK that keeps the headers of an answer."""
    return lambda answer: kept.update(failure.headers_of(answer.http_response))
