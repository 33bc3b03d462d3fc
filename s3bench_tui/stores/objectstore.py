"""What the control planes of object stores have in common: probe, making ready, listing to the end, deletes.

A backend says how one request of each kind is made and what a refusal of it means; when to make which, what to leave
behind (nothing) and what to tell of it is said here. Never timed; knows no vendor, no wire and no SDK.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import DriverConfig, ListingRefused, ObjectInfo, ProbeResult, is_own
from s3bench_tui.stores.customer_key import customer_key
from s3bench_tui.stores.endpoint import Endpoint
from s3bench_tui.stores.place import Place, skew_s

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target  # pydantic, which no worker loads
    from s3bench_tui.stores.sdk.driver import Sdk
    from s3bench_tui.stores.uri import Uri

_NOTED_SKEW_S = 2
_THREADS = 8
"""Deletes at a time."""


class Access(Protocol):
    """What requests show, and its renewal."""

    renewal_error: str
    """Why the last renewal failed; empty where it did not."""

    @property
    def source(self) -> str:
        """Where it was found."""

    def mapping(self) -> Mapping[str, str]:
        """As drivers are given it. TargetError where there is none."""

    def renewed(self) -> Mapping[str, str] | None:
        """Another than the last where that is about to end; None where it still holds. Never raises."""


class Client(Protocol):
    """How the end points of one target are asked."""

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """At least one."""

    @property
    def credentials(self) -> Access: ...

    @property
    def ca_file(self) -> str | None:
        """The CAs that are trusted; None: the system's."""

    def place(self, index: int = 0) -> Place:
        """End point `index`, for sentences about it."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a listing."""

    headers: Mapping[str, str]
    """Of the answer, by lower-case name."""
    objects: Sequence[ObjectInfo]
    following: str | None
    """What to ask the next page with; None on the last, empty where there is one that nothing leads to."""


C = TypeVar("C", bound=Client)


class ObjectStore(ABC, Generic[C]):
    """Control plane of one bucket; see stores.base.Store. Looks for nothing and sends nothing before it is asked.

    What is abstract raises TargetError in one sentence, whose cause is what led to it.
    """

    lacks_objects = True
    root_name = "bucket"
    object_name = "an object"
    batch = 1
    """Keys of one delete; 1 where the server knows no deletes of several keys."""

    def __init__(
        self,
        target: Target,
        uri: Uri,
        timeouts_ns: tuple[int, int],
        client: C,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.created = False
        """Whether `make_ready` made the bucket."""
        self._target = target
        self._uri = uri
        self._prefix = uri.prefix
        self._timeouts_ns = timeouts_ns
        self._client = client
        self._clock = clock
        self._knows_batches = self.batch > 1

    # --- one request of each kind, by the backend --------------------------------------------------------------------

    @abstractmethod
    def _page(self, prefix: str, index: int = 0, following: str = "", one: bool = False) -> Listed:
        """A page of keys that start with `prefix`, of one key at most where `one`, asked for once there and patiently
        elsewhere. ListingRefused where the server is there, but does not list."""

    @abstractmethod
    def _write(self, key: str, body: bytes, index: int) -> Mapping[str, str]:
        """Put one object, also in place of another; the headers of the answer, by lower-case name."""

    @abstractmethod
    def _read(self, key: str, index: int) -> bytes:
        """The whole of one object."""

    @abstractmethod
    def _remove(self, key: str, doing: str, index: int = 0, patient: bool = False) -> None:
        """Delete one object while `doing`, as a sentence has it; several attempts where `patient`."""

    @abstractmethod
    def _create(self) -> bool:
        """Make the bucket; False where somebody else did so first."""

    @abstractmethod
    def _is_missing(self, error: TargetError) -> bool:
        """Whether this failure of a read or a delete says that there is no such object."""

    @abstractmethod
    def _lacks_root(self, error: TargetError) -> bool:
        """Whether this failure of a listing says that there is no such bucket."""

    def _remove_many(self, keys: Sequence[str]) -> tuple[int, TargetError | None]:
        """Delete at most `batch` keys by one request: how many are gone, and why one of the others is not."""
        return self._remove_singly(keys)

    def _refuses_batches(self, error: TargetError) -> bool:
        """Whether this failure of `_remove_many` says that the server does not know such requests."""
        return False

    # --- what a backend tells beside what all of them do -------------------------------------------------------------

    def _options(self) -> Mapping[str, Any]:
        """Of `DriverConfig`, beside and in place of those that `driver_config` has."""
        return {}

    def _shown(self) -> Mapping[str, str]:
        """`DriverConfig.credentials`."""
        return self._client.credentials.mapping()

    @abstractmethod
    def _endpoint_facts(self, index: int, headers: Mapping[str, str]) -> Mapping[str, Any]:
        """Facts of one end point, of which an answer has these headers; TargetError where these show that what is
        wanted is not there."""

    @abstractmethod
    def _notes(self, first: Mapping[str, Any]) -> Sequence[str]:
        """For people, of the facts of the first end point."""

    def _facts(self) -> Mapping[str, Any]:
        """Of the target as a whole, beside and in place of those that `probe` has."""
        return {}

    def _sdk_told(self) -> Sdk:
        """Of the SDK through which the load is to go. TargetError where there is none."""
        raise TargetError(f"{self._uri.scheme}:// has no client: sdk; write client: lean")

    # --- what workers need -------------------------------------------------------------------------------------------

    def driver_config(self) -> DriverConfig:
        """End points, and what requests show; sends nothing to the store itself.

        `options`: endpoints (each: scheme, host, port, host_header, base_path), balance, ca_file (None: the system's
        authorities, or nothing is verified), insecure, receive, encryption (None, or as the workload has it; its key
        stands in the credentials), versioned, and the backend's own.
        """
        target, endpoints = self._target, self._client.endpoints
        verified = not target.tls.insecure and any(endpoint.scheme == "https" for endpoint in endpoints)
        return DriverConfig(
            scheme=self._uri.scheme,
            root=self._uri.root,
            options={
                "endpoints": [endpoint.as_option() for endpoint in endpoints],
                "balance": target.balance,
                "ca_file": self._client.ca_file if verified else None,
                "insecure": target.tls.insecure,
                "receive": target.receive,
                "encryption": None if target.encryption is None else target.encryption.model_dump(),
                "versioned": target.versioned,
                **self._options(),
                **({"client": "sdk", **self._sdk.settings} if self._sdk else {}),
            },
            credentials={**self._shown(), **customer_key(target.encryption)},
            connect_timeout_ns=self._timeouts_ns[0],
            operation_timeout_ns=self._timeouts_ns[1],
        )

    def renewed_credentials(self) -> Mapping[str, str] | None:
        """Others where those in use are about to end; takes as long as their source does.

        Never raises: a failure stands in `renewal_error` until a renewal succeeds."""
        return self._client.credentials.renewed()

    @property
    def renewal_error(self) -> str:
        """Why the last renewal of credentials failed; empty where it did not."""
        return self._client.credentials.renewal_error

    @cached_property
    def _sdk(self) -> Sdk | None:
        """None for the lean client."""
        return self._sdk_told() if self._target.client == "sdk" else None

    # --- whether it is there -----------------------------------------------------------------------------------------

    def probe(self, writes: bool) -> ProbeResult:
        """Ask every end point for a listing of one key and, with `writes`, write, read and delete an object of its own.

        With `writes`, an end point that does not list may still pass: what was written could be read."""
        facts = [self._probe_one(index, writes) for index in range(len(self._client.endpoints))]
        notes = [*self._notes(facts[0])]
        notes += ["does not list"] if not all(fact["lists"] for fact in facts) else []
        notes += ["certificate not verified"] if any(fact["tls"] == "not verified" for fact in facts) else []
        apart_s = max((abs(fact["clock_skew_s"] or 0.0) for fact in facts), default=0.0)
        notes += [f"the server's clock differs by {apart_s:.0f} s"] if apart_s >= _NOTED_SKEW_S else []
        sdk = self._sdk.facts if self._sdk else {}
        if self._sdk:
            notes.append(
                f"through {self._sdk.library}: {sdk['retry_mode']} retries, {sdk['max_attempts']} attempts at most"
            )
        answers = f"wrote, read and deleted {self.object_name}" if writes else "answers"
        at = ", ".join(fact["endpoint"] for fact in facts)
        return ProbeResult(
            f"{self._uri.scheme}://{self._uri.root} at {at}: {answers} ({', '.join(notes)})",
            {
                "anonymous": facts[0].get("anonymous", self._target.anonymous),
                "endpoints": facts,
                **self._facts(),
                **({"client": "sdk"} if sdk else {}),
                **sdk,
            },
        )

    def _probe_one(self, index: int, writes: bool) -> dict[str, Any]:
        endpoint = self._client.endpoints[index]
        headers: Mapping[str, str] = {}
        lists = True
        try:
            headers = self._page(self._prefix, index, one=True).headers
        except ListingRefused:
            if not writes:
                raise
            lists = False
        if writes:
            headers = self._write_and_read(index)
        return {
            "endpoint": endpoint.url,
            "server": headers.get("server", ""),
            "clock_skew_s": skew_s(headers, self._clock()),
            "tls": "none" if endpoint.scheme == "http" else "not verified" if self._target.tls.insecure else "verified",
            "lists": lists,
            **self._endpoint_facts(index, headers),
        }

    def _write_and_read(self, index: int) -> Mapping[str, str]:
        """The headers of the answer to the write."""
        key = f"{self._prefix}.s3bench-probe-{secrets.token_hex(8)}"
        body = secrets.token_bytes(32)
        try:
            headers = self._write(key, body, index)
            if self._read(key, index) != body:
                raise self._client.place(index).error(f"{key} came back with other content than was written")
        except BaseException:  # also Ctrl-C, and a failure that may have been a success at the server
            with contextlib.suppress(TargetError):
                self._take_back(key, f"deleting {key}", index)
            raise
        self._take_back(key, f"deleting the probe's own {key} (it is left behind)", index)
        return headers

    def _take_back(self, key: str, doing: str, index: int) -> None:
        """Delete the probe's own object."""
        self._remove(key, doing, index)

    def make_ready(self, prefixes: Iterable[str], create: bool) -> None:
        """See that the bucket exists; with `create`, make it where the server says that there is none."""
        try:
            self._page("", one=True)
        except ListingRefused:
            return  # something is there; what it thinks of reads and writes, they will tell
        except TargetError as error:
            if not create or not self._lacks_root(error):
                raise
            self.created = self._create()

    # --- what is in it -----------------------------------------------------------------------------------------------

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects whose key starts with `prefix`, in the server's order; ListingRefused where it does not list."""
        asked = ""
        wants_own = is_own(prefix)
        while True:
            page = self._page(prefix, following=asked)
            yield from (found for found in page.objects if wants_own or not is_own(found.key))
            if page.following is None:
                return
            if page.following in ("", asked):
                raise ListingRefused(
                    str(self._client.place().error("the listing has more pages, but does not say how to go on"))
                )
            asked = page.following

    def _listing(self, prefix: str) -> str:
        """What is being done, as a sentence has it."""
        return f"listing {prefix or f'the {self.root_name}'}"

    def read(self, key: str) -> bytes | None:
        """The whole of a small object; None where there is none."""
        try:
            return self._read(key, 0)
        except TargetError as error:
            if self._is_missing(error):
                return None
            raise

    def write(self, key: str, body: bytes) -> None:
        """Make or replace a small object."""
        self._write(key, body, 0)

    def delete(self, keys: Sequence[str]) -> int:
        """Delete these keys, `batch` a request where the server can; a missing one counts as gone.

        TargetError where not one of them could be deleted."""
        batches = [keys[start : start + self.batch] for start in range(0, len(keys), self.batch)]
        with ThreadPoolExecutor(_THREADS) as pool:
            results = list(pool.map(self._remove_batch, batches))
        gone = sum(count for count, _ in results)
        faults = [fault for _, fault in results if fault]
        if faults and not gone:
            raise faults[0]
        return gone

    def _remove_batch(self, keys: Sequence[str]) -> tuple[int, TargetError | None]:
        """How many of at most `batch` keys are gone, and why one of the others is not."""
        if not self._knows_batches:
            return self._remove_singly(keys)
        try:
            return self._remove_many(keys)
        except TargetError as error:
            if not self._refuses_batches(error):
                return 0, error
            self._knows_batches = False
            return self._remove_singly(keys)

    def _remove_singly(self, keys: Sequence[str]) -> tuple[int, TargetError | None]:
        gone, fault = 0, None
        for key in keys:
            try:
                self._remove(key, f"deleting {key}", patient=True)
                gone += 1
            except TargetError as error:
                gone, fault = (gone + 1, fault) if self._is_missing(error) else (gone, error)
        return gone, fault

    def close(self) -> None:
        self._client.close()
