"""What every backend is: a Store (control plane, never timed) and a Driver (data plane, the only thing timed).

One `Operation` belongs to one slot for the whole run and is filled anew for each use, so that the hot path
allocates nothing. Knows nothing of mixes, pacing or statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import OK

GET, PUT, STAT, LIST, DELETE, COPY, MKDIR, RMDIR, TAG, GET_TAGS = range(10)
KINDS = ("get", "put", "stat", "list", "delete", "copy", "mkdir", "rmdir", "tag", "get_tags")
"""Operation kinds by number; a kind's number never changes, it stands in shared memory."""

WINDOW_BYTES = 256 * 1024
"""Bodies up to this size are made whole before dispatch; larger ones a window ahead of the socket."""


class Operation:
    """One operation in one slot: what to do, then how it went. Times are ns of CLOCK_MONOTONIC.

    Set by the engine: `entry` (index in the mix), `kind`, `key` (within the target's bucket or root),
    `offset` (-1: the whole object), `length` (bytes wanted or to be written; -1: not known),
    `version` (binds a PUT's content to this write), `keys` (batched delete), `source` (the object that a COPY is of),
    `version_id` (GET and DELETE of a single version: the store's name for it),
    `intended_ns` (open loop; 0 in closed loop),
    `oldest` (GET: the content is to be verified, and to be of this version or a later one; -1: it is not looked at).
    Set by a driver that writes in parts: `base` (where in its object the content of a PUT begins; 0 but for a part).
    Set by the driver: `dispatch_ns` (just before the first byte leaves), `first_byte_ns` (0: has no meaning
    here), `done_ns`, `transferred` (object bytes moved by this client; none of a COPY), `items` and `pages` (LIST, batched DELETE),
    `outcome` (see stores.outcome) and `detail` (the server's or system's own words; only where it failed),
    `version_id` (where the bucket keeps versions: of what a PUT, COPY or DELETE made),
    `fault_at` (verified GET: the byte of the object at which its content is wrong; -1 where none is).
    Set by a driver over several end points: `endpoint` (which of `DriverConfig.options["endpoints"]` it went to).
    """

    __slots__ = (
        "slot", "entry", "kind", "key", "base", "offset", "length", "version", "keys", "source", "intended_ns",
        "dispatch_ns", "first_byte_ns", "done_ns", "transferred", "items", "pages", "outcome", "detail", "token",
        "oldest", "fault_at", "version_id", "endpoint",
    )  # fmt: skip

    def __init__(self, slot: int) -> None:
        self.slot = slot
        self.entry = 0
        self.kind = GET
        self.key = ""
        self.base = 0
        self.offset = -1
        self.length = -1
        self.version = 0
        self.keys: Sequence[str] = ()
        self.source = ""
        self.intended_ns = 0
        self.dispatch_ns = 0
        self.first_byte_ns = 0
        self.done_ns = 0
        self.transferred = 0
        self.items = 0
        self.pages = 0
        self.outcome = OK
        self.detail = ""
        self.oldest = -1
        self.fault_at = -1
        self.version_id = ""
        self.endpoint = 0
        self.token: Any = None
        """The engine's own note on this use (which object it stands for); drivers leave it alone."""


class Inspection(Protocol):
    """Looks at what verified GETs bring, one GET after the other, a window at a time."""

    def begin(self, op: Operation) -> None:
        """The bytes of this operation are about to come."""

    def look(self, data: memoryview) -> None:
        """The next bytes, in order; in any thread. The last ones only once `done_ns` is taken."""

    def end(self, op: Operation) -> None:
        """All has come, and the driver has set the outcome: `outcome`, `detail`, `fault_at` and `transferred` say
        what was found."""


class Inspector(Protocol):
    """Opens inspections, and counts what they did."""

    @property
    def counters(self) -> Mapping[str, int]: ...

    def open(self) -> Inspection:
        """One for each slot with verified GETs."""


class PayloadSource(Protocol):
    """Makes the bytes of a PUT; the same key, version and offset give the same bytes."""

    def fill(self, out: memoryview, key: str, version: int, offset: int) -> None:
        """Fill the whole of `out` with the content of object `key` from `offset` (a multiple of 4096) on."""


class Driver(Protocol):
    """Data plane of one target in one worker. Single-threaded towards its caller, like io_uring.

    One that is told to write in parts (`LineOptions.multipart`) hands out, among its completions and in their order,
    each request of such an operation too: an `Operation` of its own, whose `entry` is a row of `multipart.request_row`
    and which may be read until the next call of `wait`. It is the driver's and never submitted again. The operation
    itself comes after its last request. Such a driver may have more to offer, see multipart.Uploads.
    """

    polled: bool
    """Whether `done_ns` is the time at which `wait` came to the completion, and not when it happened."""
    woke_ns: int
    """Where polled: when `wait` last saw that something was ready."""

    @property
    def begin(self) -> Callable[[], Sequence[Operation]] | None:
        """Where not None, a slot may be given its next operation before the one that it has completed was looked at;
        what was submitted begins together when this is called, or at the next `wait`. Returns what has completed by
        then."""

    def prewarm(self, slots: int, deadline_ns: int) -> None:
        """Open what `slots` operations in flight need (connections, ramped; buffers), before anything is timed."""

    def submit(self, op: Operation) -> None:
        """Start `op`. May complete it at once; the completion is still only seen by `wait`. Never raises for a
        failure of the store: that is the operation's outcome."""

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        """Operations that have completed; where there are none, those of the first thing that happens within
        `timeout_ns` (0: only look), which may be none.

        The sequence is only valid until the next call."""

    def renew(self, credentials: Mapping[str, str]) -> None:
        """Use these credentials from now on (the same mapping as in `DriverConfig.credentials`)."""

    def counters(self) -> Mapping[str, int]:
        """Cumulative facts beside operations: connects, connect_ns, tls_handshakes, ..."""

    def close(self) -> None:
        """Drop everything, operations in flight too."""


@dataclass(frozen=True, slots=True)
class DriverConfig:
    """All that a worker needs to open a driver; plain data, sent over a pipe and never through argv or files.

    `options` are the scheme's own (see each backend); `credentials` are secret and not part of `repr`.
    """

    scheme: str
    root: str
    """The bucket, or the directory that keys are joined to."""
    options: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    connect_timeout_ns: int = 5_000_000_000
    operation_timeout_ns: int = 60_000_000_000
    lines: Sequence[LineOptions] = ()
    """By `Operation.entry`; empty where no line of the mix has any."""

    @property
    def endpoint_count(self) -> int:
        """How many end points operations are counted apart for, by `Operation.endpoint`; 1 where there are none."""
        return max(1, len(self.options.get("endpoints", ())))


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object or file as a listing or a stat shows it; `key` is relative to the bucket or root."""

    key: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe learnt: a line for people, and facts for the report (never secrets)."""

    summary: str
    facts: Mapping[str, Any] = field(default_factory=dict)


OWN = ".s3bench/"
"""The folder in which the program keeps notes of its own beside what it makes."""


def is_own(key: str) -> bool:
    """Whether a key is such a note, and no object of anybody's."""
    return OWN in key and (key.startswith(OWN) or f"/{OWN}" in key)


class ListingRefused(TargetError):  # noqa: N818 - says what happened, as the tree in errors.py does
    """The target is there, but gives no listing; its objects can only be asked for one by one."""


class NothingMatches(TargetError):  # noqa: N818 - likewise
    """The target is there, but no object is where a line of the mix wants to read."""


class Store(Protocol):
    """Control plane of one target, through the vendor's SDK where there is one. Raises TargetError."""

    lacks_objects: bool
    """False where every object exists without being made (null://)."""
    renewal_error: str
    """Why the last `renewed_credentials` could not renew what is about to expire; empty while all is well."""

    def probe(self, writes: bool) -> ProbeResult:
        """Show that the target answers, and with `writes` that it can be written to; leaves nothing behind."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects whose key starts with `prefix`, however many pages; a file system's in any order. Leaves out the
        program's own notes, unless the prefix asks for them.

        ListingRefused where the target does not list."""

    def make_ready(self, prefixes: Iterable[str], create: bool) -> None:
        """Make what keys under these prefixes need before they are written (directories, which can be written to); `create`
        also allows the bucket or root itself to be made."""

    def read(self, key: str) -> bytes | None:
        """The whole of a small object; None where there is none."""

    def write(self, key: str, body: bytes) -> None:
        """Make or replace a small object, never seen half written."""

    def delete(self, keys: Sequence[str]) -> int:
        """Delete these keys; a missing one is no error. Returns how many are gone."""

    def driver_config(self) -> DriverConfig:
        """For the workers; resolves credentials."""

    def renewed_credentials(self) -> Mapping[str, str] | None:
        """New credentials where those in use are about to expire; None where they still hold."""

    def close(self) -> None: ...
