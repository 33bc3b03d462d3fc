"""az://: the control plane through the vendor's SDK, and the door to the drivers: the lean one, and the SDK's own.

Importing this loads no SDK: workers, which only call `open_driver`, do so for `client: sdk` alone. Knows nothing of the wire (stores.http),
and never times anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.azure import failure as failure
from s3bench_tui.stores.azure import versions as azure_versions
from s3bench_tui.stores.azure.client import AzureClient
from s3bench_tui.stores.azure.encryption import read_arguments, write_arguments
from s3bench_tui.stores.base import Driver, DriverConfig, Inspector, ListingRefused, ObjectInfo, PayloadSource
from s3bench_tui.stores.objectstore import Listed
from s3bench_tui.stores.options import asks_more, writes_in_parts
from s3bench_tui.stores.versioned import VersionedStore
from s3bench_tui.stores.versions import Version

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target  # pydantic, which no worker loads
    from s3bench_tui.stores.sdk.driver import Sdk
    from s3bench_tui.stores.uri import Uri


def open_driver(config: DriverConfig, payload: PayloadSource, inspector: Inspector | None = None) -> Driver:
    """The data plane, in a worker."""
    if config.options.get("client") == "sdk":
        from s3bench_tui.stores.sdk.azure import AzureSdkDriver

        return AzureSdkDriver(config, payload)
    from s3bench_tui.stores.http.opening import open_http

    if config.options.get("versioned"):
        from s3bench_tui.stores.http.azureversions import AzureVersions

        return open_http(config, AzureVersions, payload, inspector)
    if writes_in_parts(config.lines):
        from s3bench_tui.stores.http.azureparts import AzureParts

        return open_http(config, AzureParts, payload, inspector)
    if asks_more(config.lines) or config.options.get("encryption"):
        from s3bench_tui.stores.http.azureoptions import AzureOptions

        return open_http(config, AzureOptions, payload, inspector)
    from s3bench_tui.stores.http.azure import AzureDialect

    return open_http(config, AzureDialect, payload, inspector)


def open_store(target: Target, uri: Uri, connect_timeout_ns: int, operation_timeout_ns: int) -> AzureStore:
    """The control plane of this target; TargetError where an end point is written wrong."""
    return AzureStore(target, uri, connect_timeout_ns, operation_timeout_ns)


class AzureStore(VersionedStore[AzureClient]):
    """Control plane of one container. Its drivers never get the account key: sas, or bearer, or nothing."""

    root_name = "container"
    object_name = "a blob"
    batch = 256

    def __init__(
        self,
        target: Target,
        uri: Uri,
        connect_timeout_ns: int,
        operation_timeout_ns: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        account, _, self._container = uri.root.partition("/")
        timeouts_ns = connect_timeout_ns, operation_timeout_ns
        super().__init__(
            target, uri, timeouts_ns, AzureClient(target, account, self._container, *timeouts_ns, clock), clock
        )

    def driver_config(self) -> DriverConfig:
        """See ObjectStore; `root` is the container, and end points are the container's."""
        return replace(super().driver_config(), root=self._container)

    def _options(self) -> Mapping[str, Any]:
        below = f"/{self._container}"
        return {
            "endpoints": [
                replace(endpoint, base_path=endpoint.base_path + below).as_option()
                for endpoint in self._client.endpoints
            ],
            "keeps_shown": True,
        }

    def _sdk_told(self) -> Sdk:
        from s3bench_tui.stores.sdk.azure import told

        return told()

    # --- what a probe tells ------------------------------------------------------------------------------------------

    def _endpoint_facts(self, index: int, headers: Mapping[str, str]) -> Mapping[str, Any]:
        if self._target.versioned and "etag" in headers and "x-ms-version-id" not in headers:
            raise self._client.place(index).error(azure_versions.NOT_KEPT)
        credentials = self._client.credentials
        return {"access": credentials.kind, "access_from": credentials.source}

    def _notes(self, first: Mapping[str, Any]) -> Sequence[str]:
        access, source = first["access"], first["access_from"]
        return [access if access in (source, "") else f"{access} of {source}"]

    # --- versions ----------------------------------------------------------------------------------------------------

    def _check_versions(self) -> None:
        """Nothing tells that is asked: the answer to the probe's own write does, see `_endpoint_facts`."""

    def _versions_below(self, prefix: str) -> Iterator[Version]:
        return azure_versions.below(self._client, prefix)

    def remove_versions(self, versions: Iterable[Version], current: bool) -> int:
        """See stores.versions.RemovesVersions; in place of a current one Azure shows none."""
        return azure_versions.remove(self._client, versions, current)

    # --- one request of each kind ------------------------------------------------------------------------------------

    def _page(self, prefix: str, index: int = 0, following: str = "", one: bool = False) -> Listed:
        doing = self._listing(prefix)
        headers: dict[str, str] = {}
        try:
            with self._client.asking(doing, index, patient=not one) as container:
                pages = container.list_blobs(
                    name_starts_with=prefix or None,
                    results_per_page=1 if one else None,
                    raw_response_hook=_keep_headers(headers),
                ).by_page(following or None)
                objects = [ObjectInfo(found.name, found.size) for found in next(pages, ())]
        except TargetError as error:
            if failure.refuses_lists(error.__cause__, self._client.credentials.kind):
                raise ListingRefused(str(error)) from error.__cause__
            raise
        if not failure.is_azure(headers):
            raise ListingRefused(str(self._client.place(index).error(f"{doing} failed: {failure.NOT_AZURE}")))
        return Listed(headers, objects, pages.continuation_token or None)

    def _write(self, key: str, body: bytes, index: int) -> Mapping[str, str]:
        headers: dict[str, str] = {}
        with self._client.asking(f"writing {key}", index) as container:
            sealed = write_arguments(self._target.encryption)
            container.upload_blob(key, body, overwrite=True, raw_response_hook=_keep_headers(headers), **sealed)
        return headers

    def _read(self, key: str, index: int) -> bytes:
        with self._client.asking(f"reading {key}", index) as container:
            return bytes(container.download_blob(key, **read_arguments(self._target.encryption)).readall())

    def _remove(self, key: str, doing: str, index: int = 0, patient: bool = False) -> None:
        with self._client.asking(doing, index, patient) as container:
            container.delete_blob(key)

    def _remove_many(self, keys: Sequence[str]) -> tuple[int, TargetError | None]:
        with self._client.asking("deleting", patient=True) as container:
            answers = list(container.delete_blobs(*keys, raise_on_any_failure=False))
        left = [key for key, answer in zip(keys, answers, strict=True) if answer.status_code not in (202, 404)]
        gone, fault = self._remove_singly(left)  # so that the server says why
        return len(keys) - len(left) + gone, fault

    def _create(self) -> bool:
        try:
            with self._client.asking("creating the container", as_owner=True) as container:
                container.create_container()
        except TargetError as error:
            if failure.code_of(error.__cause__) != "ContainerAlreadyExists":
                raise
            return False
        return True

    # --- what a failure means ----------------------------------------------------------------------------------------

    def _is_missing(self, error: TargetError) -> bool:
        return failure.code_of(error.__cause__) == "BlobNotFound"

    def _lacks_root(self, error: TargetError) -> bool:
        return failure.code_of(error.__cause__) == "ContainerNotFound"

    def _refuses_batches(self, error: TargetError) -> bool:
        return failure.refuses_batches(error.__cause__)


def _keep_headers(kept: dict[str, str]) -> Callable[[Any], None]:
    """A hook of the SDK that keeps the headers of an answer."""
    return lambda answer: kept.update(failure.headers_of(answer.http_response))
