"""s3://: the control plane through the vendor's SDK, and the door to the drivers: the lean one, and the SDK's own.

Importing this loads no SDK: workers, which only call `open_driver`, do so for `client: sdk` alone. Knows nothing of the wire (stores.http),
and never times anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import (
    Driver,
    DriverConfig,
    Inspector,
    ListingRefused,
    ObjectInfo,
    PayloadSource,
)
from s3bench_tui.stores.multipart import Upload
from s3bench_tui.stores.objectstore import Listed
from s3bench_tui.stores.options import asks_more, writes_in_parts
from s3bench_tui.stores.s3 import failure as failure
from s3bench_tui.stores.s3 import uploads as s3_uploads
from s3bench_tui.stores.s3 import versions as s3_versions
from s3bench_tui.stores.s3.client import S3Client
from s3bench_tui.stores.s3.encryption import read_arguments, write_arguments
from s3bench_tui.stores.versioned import VersionedStore
from s3bench_tui.stores.versions import Version

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target  # pydantic, which no worker loads
    from s3bench_tui.stores.sdk.driver import Sdk
    from s3bench_tui.stores.uri import Uri


def open_driver(config: DriverConfig, payload: PayloadSource, inspector: Inspector | None = None) -> Driver:
    """The data plane, in a worker."""
    if config.options.get("client") == "sdk":
        from s3bench_tui.stores.sdk.s3 import S3SdkDriver

        return S3SdkDriver(config, payload)
    from s3bench_tui.stores.http.opening import open_http

    if config.options.get("versioned"):
        from s3bench_tui.stores.http.s3versions import S3Versions

        return open_http(config, S3Versions, payload, inspector)
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


class S3Store(VersionedStore[S3Client]):
    """Control plane of one bucket.

    Options of its drivers beside those of all: region, signing (none, unsigned, signed); with `client: sdk` also those of
    stores.sdk.s3.
    """

    batch = 1000
    finds_uploads = True

    def __init__(
        self,
        target: Target,
        uri: Uri,
        connect_timeout_ns: int,
        operation_timeout_ns: int,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        timeouts_ns = connect_timeout_ns, operation_timeout_ns
        super().__init__(target, uri, timeouts_ns, S3Client(target, uri.root, *timeouts_ns, clock, monotonic), clock)

    def _options(self) -> Mapping[str, Any]:
        target = self._target
        return {
            "region": self._client.endpoints[0].region,
            "signing": "none" if target.anonymous else target.payload_signing,
        }

    def _sdk_told(self) -> Sdk:
        from s3bench_tui.stores.sdk.s3 import told

        return told(self._target)

    # --- what a probe tells ------------------------------------------------------------------------------------------

    def _endpoint_facts(self, index: int, headers: Mapping[str, str]) -> Mapping[str, Any]:
        endpoint = self._client.endpoints[index]
        home = headers.get("x-amz-bucket-region", endpoint.region)
        if home != endpoint.region:
            raise self._client.place(index).error(failure.elsewhere(home, endpoint.region))
        return {
            "region": endpoint.region,
            "addressing": "path" if endpoint.base_path.endswith(f"/{self._uri.root}") else "virtual",
            "anonymous": self._target.anonymous,
            "credentials": self._client.credentials.source,
        }

    def _notes(self, first: Mapping[str, Any]) -> Sequence[str]:
        who = ["anonymous"] if first["anonymous"] else []
        return [f"region {first['region']}", f"{first['addressing']} addressing", *who]

    def _facts(self) -> Mapping[str, Any]:
        return {"region": self._client.endpoints[0].region}

    def _check_versions(self) -> None:
        s3_versions.check(self._client)

    # --- one request of each kind ------------------------------------------------------------------------------------

    def _page(self, prefix: str, index: int = 0, following: str = "", one: bool = False) -> Listed:
        doing = self._listing(prefix)
        options = {"MaxKeys": 1} if one else {"ContinuationToken": following} if following else {}
        try:
            page = self._client.ask("list_objects_v2", doing, index, patient=not one, Prefix=prefix, **options)
        except TargetError as error:
            if failure.refuses_lists(error.__cause__, self._client.endpoints[index].region):
                raise ListingRefused(str(error)) from error.__cause__
            raise
        if "IsTruncated" not in page and "Name" not in page:  # nothing at all, or XML of something else
            raise ListingRefused(str(self._client.place(index).error(f"{doing} failed: {failure.NOT_S3}")))
        objects = [ObjectInfo(found["Key"], found["Size"]) for found in page.get("Contents", ())]
        more = str(page.get("NextContinuationToken") or "") if page.get("IsTruncated") else None
        return Listed(failure.headers_of(page), objects, more)

    def _write(self, key: str, body: bytes, index: int) -> Mapping[str, str]:
        sealed = write_arguments(self._target.encryption)
        return failure.headers_of(self._client.ask("put_object", f"writing {key}", index, Key=key, Body=body, **sealed))

    def _read(self, key: str, index: int) -> bytes:
        sealed = read_arguments(self._target.encryption)
        return bytes(self._client.ask("get_object", f"reading {key}", index, Key=key, **sealed)["Body"])

    def _remove(self, key: str, doing: str, index: int = 0, patient: bool = False) -> None:
        self._client.ask("delete_object", doing, index, patient, Key=key)

    def _remove_many(self, keys: Sequence[str]) -> tuple[int, TargetError | None]:
        batch = [key for key in keys if key.isprintable()]
        others = [key for key in keys if not key.isprintable()]  # XML cannot carry all
        left: list[dict[str, Any]] = []
        if batch:
            wanted = {"Objects": [{"Key": key} for key in batch], "Quiet": True}
            answer = self._client.ask("delete_objects", "deleting", patient=True, Delete=wanted)
            left = [fault for fault in answer.get("Errors", ()) if fault.get("Code") != "NoSuchKey"]
        gone, fault = self._remove_singly(others)
        if left:
            words = f"deleting {left[0].get('Key')} was refused: {left[0].get('Code')}: {left[0].get('Message')}"
            fault = self._client.place().error(words)
        return gone + len(batch) - len(left), fault

    def _create(self) -> bool:
        doing, region = "creating the bucket", self._client.endpoints[0].region
        located: dict[str, Any] = (
            {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
        )
        try:
            self._client.ask("create_bucket", doing, **located)
        except TargetError as error:
            code = failure.code_of(error.__cause__)
            if code == "BucketAlreadyOwnedByYou":
                return False
            if not located or code not in ("InvalidLocationConstraint", "IllegalLocationConstraintException"):
                raise
            self._client.ask("create_bucket", doing)  # the server has a region of its own, by another name
        return True

    # --- what a failure means ----------------------------------------------------------------------------------------

    def _is_missing(self, error: TargetError) -> bool:
        return failure.code_of(error.__cause__) in ("NoSuchKey", "404")

    def _lacks_root(self, error: TargetError) -> bool:
        return failure.code_of(error.__cause__) == "NoSuchBucket"

    def _refuses_batches(self, error: TargetError) -> bool:
        return failure.refuses_batches(error.__cause__)

    def remove_versions(self, versions: Iterable[Version], current: bool) -> int:
        """See stores.versions.RemovesVersions; in place of a current one S3 shows the one before it."""
        return s3_versions.remove(self._client, versions)

    def _versions_below(self, prefix: str) -> Iterator[Version]:
        return s3_versions.below(self._client, prefix)

    def abort_uploads(self, uploads: Sequence[Upload], prefixes: Sequence[str]) -> int:
        """See stores.multipart.AbortsUploads."""
        return s3_uploads.abort(self._client, uploads, prefixes)
