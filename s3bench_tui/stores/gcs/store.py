"""gs://: the control plane over Google's JSON API, and the door to the lean driver.

Importing this loads no HTTP client and no vendor's library: workers, which only call `open_driver`, never do. Knows
nothing of the data plane's wire (stores.http), and never times anything.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import Driver, DriverConfig, Inspector, ListingRefused, ObjectInfo, PayloadSource
from s3bench_tui.stores.customer_key import customer_key, key_fields
from s3bench_tui.stores.gcs import failure as failure
from s3bench_tui.stores.gcs import uploads as gcs_uploads
from s3bench_tui.stores.gcs import versions as gcs_versions
from s3bench_tui.stores.gcs.client import GcsClient, Reply
from s3bench_tui.stores.http.gcs import quote_name
from s3bench_tui.stores.http.gcsjson import PAGE, parse_list_page
from s3bench_tui.stores.multipart import Upload
from s3bench_tui.stores.objectstore import Listed
from s3bench_tui.stores.options import asks_more, writes_in_parts
from s3bench_tui.stores.versioned import VersionedStore
from s3bench_tui.stores.versions import Version

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target  # pydantic, which no worker loads
    from s3bench_tui.stores.uri import Uri


def open_driver(config: DriverConfig, payload: PayloadSource, inspector: Inspector | None = None) -> Driver:
    """The data plane, in a worker."""
    from s3bench_tui.stores.http.opening import open_http

    if config.options.get("versioned"):
        from s3bench_tui.stores.http.gcsversions import GcsVersions

        return open_http(config, GcsVersions, payload, inspector)
    if writes_in_parts(config.lines):
        from s3bench_tui.stores.http.gcsparts import GcsParts

        return open_http(config, GcsParts, payload, inspector)
    if asks_more(config.lines) or config.options.get("encryption"):
        from s3bench_tui.stores.http.gcsoptions import GcsOptions

        return open_http(config, GcsOptions, payload, inspector)
    from s3bench_tui.stores.http.gcs import GcsDialect

    return open_http(config, GcsDialect, payload, inspector)


def open_store(target: Target, uri: Uri, connect_timeout_ns: int, operation_timeout_ns: int) -> GcsStore:
    """The control plane of this target; TargetError where an end point is written wrong."""
    return GcsStore(target, uri, connect_timeout_ns, operation_timeout_ns)


class GcsStore(VersionedStore[GcsClient]):
    """Control plane of one bucket. Its drivers get a token, or nothing where anonymous."""

    finds_uploads = False

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
        super().__init__(target, uri, timeouts_ns, GcsClient(target, uri.root, *timeouts_ns, clock, monotonic), clock)
        self._objects = f"/storage/v1/b/{quote(uri.root, safe='')}/o"

    def _shown(self) -> Mapping[str, str]:
        return self._client.shown()

    # --- what a probe tells ------------------------------------------------------------------------------------------

    def _endpoint_facts(self, index: int, headers: Mapping[str, str]) -> Mapping[str, Any]:
        return {"anonymous": self._client.anonymous, "credentials": self._client.credentials.source}

    def _notes(self, first: Mapping[str, Any]) -> Sequence[str]:
        return [first["credentials"]]

    # --- versions ----------------------------------------------------------------------------------------------------

    def _check_versions(self) -> None:
        gcs_versions.check(self._client, self._uri.root)

    def _versions_below(self, prefix: str) -> Iterator[Version]:
        return gcs_versions.below(self._client, self._objects, prefix)

    def remove_versions(self, versions: Iterable[Version], current: bool) -> int:
        """See stores.versions.RemovesVersions; in place of a current one Google shows none."""
        return gcs_versions.remove(self._client, self._objects, versions, current)

    # --- one request of each kind ------------------------------------------------------------------------------------

    def _page(self, prefix: str, index: int = 0, following: str = "", one: bool = False) -> Listed:
        doing, place = self._listing(prefix), self._client.place(index)
        query = {"prefix": prefix, **PAGE, **({"maxResults": "1"} if one else {})}
        query |= {"pageToken": following} if following else {}
        try:
            reply = self._client.ask("GET", self._objects, doing, index, not one, query)
            items, _, token = parse_list_page(reply.body)
        except failure.Refused as error:
            if failure.refuses_lists(error, self._client.anonymous):
                raise ListingRefused(str(error)) from error
            raise
        except ValueError as error:
            raise place.error(f"{doing} failed: {failure.NOT_GCS}: {error}") from None
        try:
            objects = [ObjectInfo(str(item["name"]), int(item["size"])) for item in items]
        except (KeyError, TypeError, ValueError):
            raise place.error(f"{doing} failed: {failure.NOT_GCS}: an object has no name or no size") from None
        return Listed(reply.headers, objects, token)

    def _write(self, key: str, body: bytes, index: int) -> Mapping[str, str]:
        wanted = self._target.encryption
        query = {"uploadType": "media", "name": key}
        query |= {"kmsKeyName": wanted.kms_key_id} if wanted is not None and wanted.kms_key_id else {}
        path = f"/upload{self._objects}"
        fields = self._key_fields()
        return self._client.ask("POST", path, f"writing {key}", index, query=query, body=body, fields=fields).headers

    def _read(self, key: str, index: int) -> bytes:
        query, fields = {"alt": "media"}, self._key_fields()
        return self._ask_object("GET", key, f"reading {key}", index, query=query, fields=fields).body

    def _key_fields(self) -> Mapping[str, str]:
        """How a request shows the customer's key; TargetError where that is not to be had."""
        return dict(key_fields("x-goog-encryption-", customer_key(self._target.encryption).get("customer_key", "")))

    def _remove(self, key: str, doing: str, index: int = 0, patient: bool = False) -> None:
        self._ask_object("DELETE", key, doing, index, patient=patient)

    def _ask_object(self, method: str, key: str, doing: str, index: int = 0, **options: Any) -> Reply:
        try:
            path = f"{self._objects}/{quote_name(key)}"
        except ValueError as error:
            raise self._client.place(index).error(f"{doing} failed: {error}") from None
        return self._client.ask(method, path, doing, index, **options)

    def _create(self) -> bool:
        project = os.environ.get("GOOGLE_CLOUD_PROJECT") or self._client.credentials.project
        if not project:
            raise self._client.place().error(
                "a bucket is made in a project; write GOOGLE_CLOUD_PROJECT, or create the bucket yourself"
            )
        body = json.dumps({"name": self._uri.root}).encode()
        query = {"project": project}
        self._client.ask(
            "POST", "/storage/v1/b", "creating the bucket", query=query, body=body, kind="application/json"
        )
        return True

    # --- what a failure means ----------------------------------------------------------------------------------------

    def _is_missing(self, error: TargetError) -> bool:
        return isinstance(error, failure.Refused) and error.status == 404

    def _lacks_root(self, error: TargetError) -> bool:
        return isinstance(error, failure.Refused) and error.status == 404

    def abort_uploads(self, uploads: Sequence[Upload], prefixes: Sequence[str]) -> int:
        """See stores.multipart.AbortsUploads."""
        return gcs_uploads.abort(self._client, uploads)
