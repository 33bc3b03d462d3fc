"""gs://: the control plane over Google's JSON API, and the door to the lean driver.

Importing this loads no HTTP client and no vendor's library: workers, which only call `open_driver`, never do. Knows
nothing of the data plane's wire (stores.http), and never times anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from s3bench_tui.errors import TargetError
from s3bench_tui.stores import gcs_failure as failure
from s3bench_tui.stores.base import (
    Driver,
    DriverConfig,
    Inspector,
    ListingRefused,
    ObjectInfo,
    PayloadSource,
    ProbeResult,
)
from s3bench_tui.stores.gcs_client import POOL, GcsClient, Reply
from s3bench_tui.stores.http.gcs import quote_name
from s3bench_tui.stores.http.gcsjson import PAGE, parse_list_page
from s3bench_tui.stores.options import asks_more
from s3bench_tui.stores.s3_failure import skew_s

if TYPE_CHECKING:
    from s3bench_tui.spec.target import Target  # pydantic, which no worker loads
    from s3bench_tui.stores.uri import Uri

_ONE = {"maxResults": "1"}
"""Options of a listing that is only to show that the bucket answers."""


def open_driver(config: DriverConfig, payload: PayloadSource, inspector: Inspector | None = None) -> Driver:
    """The data plane, in a worker."""
    from s3bench_tui.stores.http.opening import open_http

    if asks_more(config.lines):
        from s3bench_tui.stores.http.gcsoptions import GcsOptions

        return open_http(config, GcsOptions, payload, inspector)
    from s3bench_tui.stores.http.gcs import GcsDialect

    return open_http(config, GcsDialect, payload, inspector)


def open_store(target: Target, uri: Uri, connect_timeout_ns: int, operation_timeout_ns: int) -> GcsStore:
    """The control plane of this target; TargetError where an end point is written wrong."""
    return GcsStore(target, uri, connect_timeout_ns, operation_timeout_ns)


class GcsStore:
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
        self._objects = f"/storage/v1/b/{quote(uri.root, safe='')}/o"
        self._timeouts_ns = connect_timeout_ns, operation_timeout_ns
        self._clock = clock
        self._client = GcsClient(target, uri.root, connect_timeout_ns, operation_timeout_ns, clock, monotonic)

    # --- what workers need ---------------------------------------------------------------------------------------

    def driver_config(self) -> DriverConfig:
        """The end points, and a token of Google's chain of credentials; sends nothing to the storage itself.

        `options`: endpoints (each: scheme, host, port, host_header, base_path), ca_file (None: the system's
        authorities), insecure, receive. `credentials`: token, or nothing where anonymous.
        """
        return DriverConfig(
            scheme="gs",
            root=self._bucket,
            options={
                "endpoints": [endpoint.as_option() for endpoint in self._client.endpoints],
                "ca_file": self._target.tls.ca_file,
                "insecure": self._target.tls.insecure,
                "receive": self._target.receive,
            },
            credentials=self._client.credentials(),
            connect_timeout_ns=self._timeouts_ns[0],
            operation_timeout_ns=self._timeouts_ns[1],
        )

    def renewed_credentials(self) -> Mapping[str, str] | None:
        """A new token where the one in use is about to expire; takes as long as the source of credentials does.

        Never raises: a failure stands in `renewal_error` until a renewal succeeds."""
        return self._client.tokens.renewed()

    @property
    def renewal_error(self) -> str:
        """Why the last renewal of the token failed; empty where it did not."""
        return self._client.tokens.renewal_error

    # --- whether it is there --------------------------------------------------------------------------------------

    def probe(self, writes: bool) -> ProbeResult:
        """Ask every end point for a listing of one key and, with `writes`, write, read and delete an object of its own.

        With `writes`, an end point that does not list may still pass: what was written could be read."""
        facts = [self._probe_one(index, writes) for index in range(len(self._client.endpoints))]
        notes = [self._client.tokens.source]
        notes += ["does not list"] if not all(fact["lists"] for fact in facts) else []
        notes += ["certificate not verified"] if any(fact["tls"] == "not verified" for fact in facts) else []
        ahead_s = max((abs(fact["clock_skew_s"] or 0.0) for fact in facts), default=0.0)
        notes += [f"the server's clock differs by {ahead_s:.0f} s"] if ahead_s >= 2 else []
        answers = "wrote, read and deleted an object" if writes else "answers"
        at = ", ".join(fact["endpoint"] for fact in facts)
        return ProbeResult(
            f"gs://{self._bucket} at {at}: {answers} ({', '.join(notes)})",
            {"anonymous": self._client.anonymous, "endpoints": facts},
        )

    def _probe_one(self, index: int, writes: bool) -> dict[str, Any]:
        endpoint = self._client.endpoints[index]
        headers: Mapping[str, str] = {}
        lists = True
        try:
            headers, _, _ = self._page(self._prefix, index)
        except ListingRefused:
            if not writes:
                raise
            lists = False
        if writes:
            headers = self._write_and_read(index)
        return {
            "endpoint": endpoint.url,
            "server": headers.get("server", ""),
            "clock_skew_s": skew_s(dict(headers), self._clock()),
            "tls": "none" if endpoint.scheme == "http" else "not verified" if self._target.tls.insecure else "verified",
            "anonymous": self._client.anonymous,
            "credentials": self._client.tokens.source,
            "lists": lists,
        }

    def _write_and_read(self, index: int) -> Mapping[str, str]:
        """The headers of the answer to the write."""
        key = f"{self._prefix}.s3bench-probe-{secrets.token_hex(8)}"
        body = secrets.token_bytes(32)
        try:
            query = {"uploadType": "media", "name": key}
            written = self._client.ask(
                "POST", f"/upload{self._objects}", f"writing {key}", index, query=query, body=body
            )
            read = self._ask_object("GET", key, f"reading {key}", index, query={"alt": "media"}).body
            if read != body:
                raise self._client.place(index).error(f"{key} came back with other content than was written")
        except BaseException:  # also Ctrl-C, and a failure that may have been a success at the server
            with contextlib.suppress(TargetError):
                self._ask_object("DELETE", key, f"deleting {key}", index)
            raise
        self._ask_object("DELETE", key, f"deleting the probe's own {key} (it is left behind)", index)
        return written.headers

    def make_ready(self, prefixes: Iterable[str], create: bool) -> None:
        """See that the bucket exists; with `create`, make it where the server says that there is none."""
        try:
            self._page("")
        except ListingRefused:
            return  # something is there; what it thinks of reads and writes, they will tell
        except failure.Refused as error:
            if not create or error.status != 404:
                raise
            self._create_bucket()

    def _create_bucket(self) -> None:
        project = os.environ.get("GOOGLE_CLOUD_PROJECT") or self._client.tokens.project
        if not project:
            raise self._client.place().error(
                "a bucket is made in a project; write GOOGLE_CLOUD_PROJECT, or create the bucket yourself"
            )
        body = json.dumps({"name": self._bucket}).encode()
        query = {"project": project}
        self._client.ask(
            "POST", "/storage/v1/b", "creating the bucket", query=query, body=body, kind="application/json"
        )
        self.created_bucket = True

    # --- what is in it --------------------------------------------------------------------------------------------

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects whose key starts with `prefix`, in the server's order; ListingRefused where it does not list."""
        following: dict[str, str] = {}
        while True:
            _, items, token = self._page(prefix, patient=True, options=following)
            try:
                objects = [ObjectInfo(str(item["name"]), int(item["size"])) for item in items]
            except (KeyError, TypeError, ValueError):
                raise self._client.place().error(
                    f"listing {prefix or 'the bucket'} failed: {failure.NOT_GCS}: an object has no name or no size"
                ) from None
            yield from objects
            if token is None:
                return
            if token == following.get("pageToken"):
                raise self._client.place().error("the listing has more pages, but does not say how to go on")
            following = {"pageToken": token}

    def _page(
        self, prefix: str, index: int = 0, patient: bool = False, options: Mapping[str, str] = _ONE
    ) -> tuple[Mapping[str, str], Sequence[dict[str, Any]], str | None]:
        """Headers, objects and the token of the next page."""
        doing = f"listing {prefix}" if prefix else "listing the bucket"
        query = {"prefix": prefix, **PAGE, **options}
        try:
            reply = self._client.ask("GET", self._objects, doing, index, patient, query)
            items, _, token = parse_list_page(reply.body)
            return reply.headers, items, token
        except failure.Refused as error:
            if failure.refuses_lists(error, self._client.anonymous):
                raise ListingRefused(str(error)) from error
            raise
        except ValueError as error:
            raise self._client.place(index).error(f"{doing} failed: {failure.NOT_GCS}: {error}") from None

    def delete(self, keys: Sequence[str]) -> int:
        """Delete these keys, several at a time; a missing one counts as gone.

        TargetError where not one of them could be deleted."""
        with ThreadPoolExecutor(POOL) as pool:
            faults = [fault for fault in pool.map(self._delete_one, keys) if fault is not None]
        if faults and len(faults) == len(keys):
            raise faults[0]
        return len(keys) - len(faults)

    def _delete_one(self, key: str) -> TargetError | None:
        try:
            self._ask_object("DELETE", key, f"deleting {key}", patient=True)
        except TargetError as error:
            return None if isinstance(error, failure.Refused) and error.status == 404 else error
        return None

    def _ask_object(self, method: str, key: str, doing: str, index: int = 0, **options: Any) -> Reply:
        try:
            path = f"{self._objects}/{quote_name(key)}"
        except ValueError as error:
            raise self._client.place(index).error(f"{doing} failed: {error}") from None
        return self._client.ask(method, path, doing, index, **options)

    def close(self) -> None:
        self._client.close()
