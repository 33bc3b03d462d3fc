"""s3://: the control plane through the vendor's SDK, and the door to the drivers: the lean one, and the SDK's own.

Importing this loads no SDK: workers, which only call `open_driver`, do so for `client: sdk` alone. Knows nothing of the wire (stores.http),
and never times anything.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from s3bench_tui.errors import TargetError
from s3bench_tui.stores import s3_failure as failure
from s3bench_tui.stores import s3_uploads
from s3bench_tui.stores.base import (
    Driver,
    DriverConfig,
    Inspector,
    ListingRefused,
    ObjectInfo,
    PayloadSource,
    ProbeResult,
)
from s3bench_tui.stores.customer_key import customer_key
from s3bench_tui.stores.multipart import Upload
from s3bench_tui.stores.options import asks_more, writes_in_parts
from s3bench_tui.stores.s3_client import POOL, S3Client

if TYPE_CHECKING:
    from s3bench_tui.spec.target import Target  # pydantic, which no worker loads
    from s3bench_tui.stores.uri import Uri

_BATCH = 1000
_SDK_FACTS = (
    "client",
    "boto3",
    "retry_mode",
    "max_attempts",
    "pool_connections",
    "request_checksums",
    "response_checksums",
)
"""What of the SDK driver's options the report shows."""


def open_driver(config: DriverConfig, payload: PayloadSource, inspector: Inspector | None = None) -> Driver:
    """The data plane, in a worker."""
    if config.options.get("client") == "sdk":
        from s3bench_tui.stores.sdk import SdkDriver

        return SdkDriver(config, payload)
    from s3bench_tui.stores.http.opening import open_http

    more = asks_more(config.lines) or config.options.get("encryption")
    if writes_in_parts(config.lines):
        if more:
            from s3bench_tui.stores.http.s3partsoptions import S3PartsOptions

            return open_http(config, S3PartsOptions, payload, inspector)
        from s3bench_tui.stores.http.s3parts import S3Parts

        return open_http(config, S3Parts, payload, inspector)
    if more:
        from s3bench_tui.stores.http.s3options import S3Options

        return open_http(config, S3Options, payload, inspector)
    from s3bench_tui.stores.http.s3 import S3Dialect

    return open_http(config, S3Dialect, payload, inspector)


def open_store(target: Target, uri: Uri, connect_timeout_ns: int, operation_timeout_ns: int) -> S3Store:
    """The control plane of this target; TargetError where an end point is written wrong."""
    return S3Store(target, uri, connect_timeout_ns, operation_timeout_ns)


class S3Store:
    """Control plane of one bucket; see stores.base.Store. Looks for nothing and sends nothing before it is asked."""

    lacks_objects = True

    def __init__(
        self,
        target: Target,
        uri: Uri,
        connect_timeout_ns: int,
        operation_timeout_ns: int,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.created_bucket = False
        """Whether `make_ready` made the bucket."""
        self._target = target
        self._bucket = uri.root
        self._prefix = uri.prefix
        self._timeouts_ns = connect_timeout_ns, operation_timeout_ns
        self._clock = clock
        self._client = S3Client(target, uri.root, connect_timeout_ns, operation_timeout_ns, clock, monotonic)
        self._knows_batches = True

    # --- what workers need ---------------------------------------------------------------------------------------

    def driver_config(self) -> DriverConfig:
        """End points as the SDK resolves them, and credentials from its chain; sends nothing to the S3 server.

        `options`: endpoints (each: scheme, host, port, host_header, base_path), region, signing (none, unsigned,
        signed), ca_file (None where nothing is verified), insecure, receive, encryption (None, or as the workload has it;
        its key stands in the credentials); with `client: sdk` also those of stores.sdk.
        """
        target, endpoints = self._target, self._client.endpoints
        encryption = target.encryption
        verified = not target.tls.insecure and any(endpoint.scheme == "https" for endpoint in endpoints)
        return DriverConfig(
            scheme="s3",
            root=self._bucket,
            options={
                "endpoints": [endpoint.as_option() for endpoint in endpoints],
                "region": endpoints[0].region,
                "signing": "none" if target.anonymous else target.payload_signing,
                "ca_file": self._client.ca_file if verified else None,
                "insecure": target.tls.insecure,
                "receive": target.receive,
                "encryption": None if encryption is None else encryption.model_dump(),
                **self._sdk_options,
            },
            credentials={**self._client.credentials.mapping(), **customer_key(encryption)},
            connect_timeout_ns=self._timeouts_ns[0],
            operation_timeout_ns=self._timeouts_ns[1],
        )

    @cached_property
    def _sdk_options(self) -> dict[str, Any]:
        """What the SDK's own driver is told; empty for the lean one."""
        if self._target.client != "sdk":
            return {}
        from s3bench_tui.stores.sdk import options

        return options(self._target)

    def renewed_credentials(self) -> Mapping[str, str] | None:
        """New credentials where the source has them; asks it once a minute at most, and takes as long as it does.

        Never raises: a failure stands in `renewal_error` until a renewal succeeds."""
        return self._client.credentials.renewed()

    @property
    def renewal_error(self) -> str:
        """Why the last renewal of credentials failed; empty where it did not."""
        return self._client.credentials.renewal_error

    # --- whether it is there --------------------------------------------------------------------------------------

    def probe(self, writes: bool) -> ProbeResult:
        """Ask every end point for a listing of one key and, with `writes`, write, read and delete an object of its own.

        With `writes`, an end point that does not list may still pass: what was written could be read."""
        facts = [self._probe_one(index, writes) for index in range(len(self._client.endpoints))]
        first = facts[0]
        notes = [f"region {first['region']}", f"{first['addressing']} addressing"]
        notes += ["anonymous"] if first["anonymous"] else []
        notes += ["does not list"] if not all(fact["lists"] for fact in facts) else []
        notes += ["certificate not verified"] if any(fact["tls"] == "not verified" for fact in facts) else []
        skew_s = max((abs(fact["clock_skew_s"] or 0.0) for fact in facts), default=0.0)
        notes += [f"the server's clock differs by {skew_s:.0f} s"] if skew_s >= 2 else []
        sdk = {name: value for name, value in self._sdk_options.items() if name in _SDK_FACTS}
        if sdk:
            notes += [f"through boto3: {sdk['retry_mode']} retries, {sdk['max_attempts']} attempts at most"]
        answers = "wrote, read and deleted an object" if writes else "answers"
        at = ", ".join(fact["endpoint"] for fact in facts)
        return ProbeResult(
            f"s3://{self._bucket} at {at}: {answers} ({', '.join(notes)})",
            {"region": first["region"], "anonymous": first["anonymous"], "endpoints": facts, **sdk},
        )

    def _probe_one(self, index: int, writes: bool) -> dict[str, Any]:
        endpoint = self._client.endpoints[index]
        headers: dict[str, str] = {}
        lists = True
        try:
            headers = failure.headers_of(self._page(index, self._prefix, MaxKeys=1))
        except ListingRefused:
            if not writes:
                raise
            lists = False
        if writes:
            headers = self._write_and_read(index)
        home = headers.get("x-amz-bucket-region", endpoint.region)
        if home != endpoint.region:
            raise self._client.place(index).error(failure.elsewhere(home, endpoint.region))
        return {
            "endpoint": endpoint.url,
            "region": endpoint.region,
            "addressing": "path" if endpoint.base_path.endswith(f"/{self._bucket}") else "virtual",
            "server": headers.get("server", ""),
            "clock_skew_s": failure.skew_s(headers, self._clock()),
            "tls": "none" if endpoint.scheme == "http" else "not verified" if self._target.tls.insecure else "verified",
            "anonymous": self._target.anonymous,
            "credentials": self._client.credentials.source,
            "lists": lists,
        }

    def _write_and_read(self, index: int) -> dict[str, str]:
        """The headers of the answer to the write."""
        ask = self._client.ask
        key = f"{self._prefix}.s3bench-probe-{secrets.token_hex(8)}"
        body = secrets.token_bytes(32)
        try:
            written = ask("put_object", f"writing {key}", index, Key=key, Body=body)
            read = ask("get_object", f"reading {key}", index, Key=key)["Body"]
            if read != body:
                raise self._client.place(index).error(f"{key} came back with other content than was written")
        except BaseException:  # also Ctrl-C, and a failure that may have been a success at the server
            with contextlib.suppress(TargetError):
                ask("delete_object", f"deleting {key}", index, Key=key)
            raise
        ask("delete_object", f"deleting the probe's own {key} (it is left behind)", index, Key=key)
        return failure.headers_of(written)

    def make_ready(self, prefixes: Iterable[str], create: bool) -> None:
        """See that the bucket exists; with `create`, make it where the server says that there is none."""
        try:
            self._page(0, "", MaxKeys=1)
        except ListingRefused:
            return  # something is there; what it thinks of reads and writes, they will tell
        except TargetError as error:
            if not create or failure.code_of(error.__cause__) != "NoSuchBucket":
                raise
            self._create_bucket()

    def _create_bucket(self) -> None:
        doing, region = "creating the bucket", self._client.endpoints[0].region
        located: dict[str, Any] = (
            {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
        )
        try:
            self._client.ask("create_bucket", doing, **located)
        except TargetError as error:
            code = failure.code_of(error.__cause__)
            if code == "BucketAlreadyOwnedByYou":
                return
            if not located or code not in ("InvalidLocationConstraint", "IllegalLocationConstraintException"):
                raise
            self._client.ask("create_bucket", doing)  # the server has a region of its own, by another name
        self.created_bucket = True

    # --- what is in it --------------------------------------------------------------------------------------------

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects whose key starts with `prefix`, in the server's order; ListingRefused where it does not list."""
        following: dict[str, str] = {}
        while True:
            page = self._page(0, prefix, patient=True, **following)
            for found in page.get("Contents", ()):
                yield ObjectInfo(found["Key"], found["Size"])
            if not page.get("IsTruncated"):
                return
            token = page.get("NextContinuationToken")
            if not token or token == following.get("ContinuationToken"):
                raise ListingRefused(
                    str(self._client.place().error("the listing has more pages, but does not say how to go on"))
                )
            following = {"ContinuationToken": token}

    def _page(self, index: int, prefix: str, patient: bool = False, **options: Any) -> dict[str, Any]:
        doing = f"listing {prefix}" if prefix else "listing the bucket"
        try:
            page = self._client.ask("list_objects_v2", doing, index, patient, Prefix=prefix, **options)
        except TargetError as error:
            if failure.refuses_lists(error.__cause__, self._client.endpoints[index].region):
                raise ListingRefused(str(error)) from error.__cause__
            raise
        if "IsTruncated" not in page and "Name" not in page:  # nothing at all, or XML of something else
            raise ListingRefused(str(self._client.place(index).error(f"{doing} failed: {failure.NOT_S3}")))
        return page

    def delete(self, keys: Sequence[str]) -> int:
        """Delete these keys, a thousand a request where the server can; a missing one counts as gone.

        TargetError where not one of them could be deleted."""
        batches = [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]
        with ThreadPoolExecutor(POOL) as pool:
            results = list(pool.map(self._delete_batch, batches))
        gone = sum(count for count, _ in results)
        faults = [fault for _, fault in results if fault]
        if faults and not gone:
            raise faults[0]
        return gone

    def _delete_batch(self, keys: Sequence[str]) -> tuple[int, TargetError | None]:
        """How many of at most a thousand keys are gone, and why one of the others is not."""
        batch = [key for key in keys if key.isprintable()] if self._knows_batches else []
        if not batch:
            return self._delete_singly(keys)
        wanted = {"Objects": [{"Key": key} for key in batch], "Quiet": True}
        try:
            answer = self._client.ask("delete_objects", "deleting", patient=True, Delete=wanted)
        except TargetError as error:
            if not failure.refuses_batches(error.__cause__):
                return 0, error
            self._knows_batches = False
            return self._delete_singly(keys)
        left = [fault for fault in answer.get("Errors", ()) if fault.get("Code") != "NoSuchKey"]
        gone, fault = self._delete_singly([key for key in keys if not key.isprintable()])  # XML cannot carry all
        if left:
            words = f"deleting {left[0].get('Key')} was refused: {left[0].get('Code')}: {left[0].get('Message')}"
            fault = self._client.place().error(words)
        return gone + len(batch) - len(left), fault

    def _delete_singly(self, keys: Sequence[str]) -> tuple[int, TargetError | None]:
        gone, fault = 0, None
        for key in keys:
            try:
                self._client.ask("delete_object", f"deleting {key}", patient=True, Key=key)
                gone += 1
            except TargetError as error:
                missing = failure.code_of(error.__cause__) in ("NoSuchKey", "404")
                gone, fault = (gone + 1, fault) if missing else (gone, error)
        return gone, fault

    def abort_uploads(self, uploads: Sequence[Upload], prefixes: Sequence[str]) -> int:
        """See stores.multipart.AbortsUploads."""
        return s3_uploads.abort(self._client, uploads, prefixes)

    def close(self) -> None:
        self._client.close()
