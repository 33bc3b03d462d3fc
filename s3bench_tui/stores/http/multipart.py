"""The HTTP driver where objects are written in parts: each such operation is driven over several connections.

An operation that is not written in parts goes its usual way. One that is has its slot's own connection, and as many
more (lanes) as parts may be on their way at once; the first also carries what opens and what ends the upload. Whatever
fails, no further part is begun, the store is told to forget the upload, and the operation fails once, with the words
of the first failure. What the requests say is the dialect's; knows nothing of S3, of mixes, or of statistics but for
the rows in which requests are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import monotonic_ns
from typing import Protocol

from s3bench_tui.stores import multipart
from s3bench_tui.stores.base import PUT, DriverConfig, Operation, PayloadSource
from s3bench_tui.stores.http.dialect import Dialect
from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.multipart import Multipart
from s3bench_tui.stores.outcome import CLIENT, OK, TIMEOUT

CREATE, COMPLETE, ABORT = range(101, 104)
"""Kinds of requests, beside PUT for a part; apart from the kinds of operations, and like LIST answered with a document."""

_ROWS = {PUT: multipart.PART, CREATE: multipart.CREATE, COMPLETE: multipart.COMPLETE}
ABORT_NS = 5_000_000_000
"""How long the store may take to forget an upload; then it is left to the control plane."""

_LOOK_NS = 20_000_000


class Upload:
    """One operation that is being written in parts."""

    __slots__ = (
        "deadline_ns",
        "id",
        "lanes",
        "op",
        "open",
        "outcome",
        "part_bytes",
        "parts",
        "sent",
        "sums",
        "tags",
        "words",
    )

    def __init__(self, op: Operation, plan: Multipart, parallel: int) -> None:
        self.op = op
        self.part_bytes = plan.part_bytes
        self.parts = -(-op.length // plan.part_bytes)
        self.sent = 0
        """Parts that were begun."""
        self.open: set[Request] = set()
        """Requests under way."""
        self.lanes = list(range(min(parallel, self.parts)))[::-1]
        """Those that are free; the last is taken next."""
        self.id = ""
        """The store's name for it; empty until it has one."""
        self.tags = [""] * self.parts
        """What the store called each part, by its place."""
        self.sums = [""] * self.parts
        """What is said of each part's checksum when all parts are there, by its place."""
        self.outcome = OK
        self.words = ""
        self.deadline_ns = 0


class Request(Operation):
    """One request of an upload: a part (kind PUT), or one that opens, ends or aborts it. `number` counts parts from 1."""

    __slots__ = ("digest", "lane", "number", "upload")

    def __init__(self, upload: Upload, kind: int, lane: int, slot: int, row: int) -> None:
        super().__init__(slot)
        op = upload.op
        self.upload = upload
        self.kind = kind
        self.lane = lane
        self.entry = row
        self.key = op.key
        self.version = op.version
        self.number = 0
        self.digest: BodyDigest | None = None
        """Of a part, for what is said of it when all parts are there."""
        if kind == PUT:
            self.base = upload.sent * upload.part_bytes
            self.length = min(upload.part_bytes, op.length - self.base)
            upload.sent += 1
            self.number = upload.sent


class PartsDialect(Dialect, Protocol):
    """A dialect that also makes the requests of uploads and reads their answers, into `Request.upload`."""

    creates: bool
    """Whether an upload is opened by a request of its own."""
    completes: bool
    """Whether it is ended by a request of its own; where not, the last part ends it, and is counted as that."""
    aborts: bool
    """Whether the store keeps what is neither completed nor aborted."""
    in_order: bool
    """Whether parts are taken only one after another."""

    def begin(self, upload: Upload) -> None:
        """See to what an upload needs before its first request."""


class MultipartDriver(HttpDriver):
    """An HTTP driver that writes the objects of some lines in parts; see stores.multipart.Uploads too."""

    def __init__(
        self,
        config: DriverConfig,
        dialect: PartsDialect,
        payload: PayloadSource,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        super().__init__(config, dialect, payload, clock)
        self._parts = dialect
        self._plans = [line.multipart for line in config.lines]
        widest = max(plan.parallel for plan in self._plans if plan is not None)
        self._lanes = 1 if dialect.in_order else widest
        self._uploads: dict[int, Upload] = {}
        """Under way, by slot."""
        self._left: list[multipart.Upload] = []
        self._aborted = 0

    def open_slots(self, slots: Iterable[int], deadline_ns: int) -> None:
        """Open the connections of these slots and of their lanes."""
        wanted = list(slots)
        super().open_slots((self._slot(slot, lane) for lane in range(self._lanes) for slot in wanted), deadline_ns)

    def submit(self, op: Operation) -> None:
        """Send the operation's request, or the first of its upload's."""
        plan = self._plans[op.entry]
        if plan is None or op.kind != PUT or op.length <= plan.above_bytes:
            super().submit(op)
            return
        op.outcome = op.transferred = op.first_byte_ns = op.items = op.pages = 0
        op.detail = ""
        upload = self._uploads[op.slot] = Upload(op, plan, min(plan.parallel, self._lanes))
        op.dispatch_ns = self._clock()
        upload.deadline_ns = op.dispatch_ns + self._timeout_ns
        self._parts.begin(upload)
        if self._parts.creates:
            first = self._send_one(upload, CREATE)
        else:
            first = self._send_parts(upload)
        op.dispatch_ns = first.dispatch_ns

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        """Completed operations, and in their order the requests of uploads."""
        completed = super().wait(timeout_ns)
        if not self._uploads:
            return completed
        return list(self._followed(completed))

    def counters(self) -> Mapping[str, int]:
        """Those of every HTTP driver, and uploads_aborted."""
        return {**super().counters(), "uploads_aborted": self._aborted}

    def withdraw(self, deadline_ns: int) -> Sequence[multipart.Upload]:
        """Give up every upload under way and have the store forget it; those for which it did not until then."""
        for upload in list(self._uploads.values()):
            if not upload.outcome:
                upload.outcome, upload.words = CLIENT, "the run ended"
            for request in upload.open:
                if request.kind == PUT:
                    self._cancel(request)
        while self._uploads and self._clock() < deadline_ns:
            self.wait(_LOOK_NS)
        kept = self._uploads.values() if self._parts.aborts else ()
        return [*self._left, *((upload.op.key, upload.id) for upload in kept if upload.id)]

    # --- the course of an upload ----------------------------------------------------------------------------------

    def _followed(self, completed: Sequence[Operation]) -> Iterator[Operation]:
        """These, without aborts, and each operation behind its last request; what they make possible is sent."""
        for op in completed:
            if not isinstance(op, Request):
                yield op
                continue
            if op.kind != ABORT:
                yield op
            if self._go_on(op.upload, op):
                yield op.upload.op

    def _go_on(self, upload: Upload, request: Request) -> bool:
        """Take the next step after this request; whether the upload is over."""
        upload.open.remove(request)
        upload.lanes.append(request.lane)
        if request.kind == ABORT:
            if request.outcome:
                self._left.append((request.key, upload.id))
            else:
                self._aborted += 1
            return self._over(upload, request)
        if request.outcome and not upload.outcome:
            upload.outcome, upload.words = request.outcome, self._words(upload, request)
        if upload.outcome:
            if upload.open:
                return False
            if upload.id and self._parts.aborts:
                self._send_one(upload, ABORT)
                return False
            return self._over(upload, request)
        if upload.sent < upload.parts:
            self._send_parts(upload)
            return False
        if upload.open:
            return False
        if self._parts.completes and request.kind != COMPLETE:
            self._send_one(upload, COMPLETE)
            return False
        return self._over(upload, request)

    def _over(self, upload: Upload, last: Request) -> bool:
        op = upload.op
        del self._uploads[op.slot]
        op.outcome, op.detail, op.done_ns = upload.outcome, upload.words, last.done_ns
        if not op.outcome:
            op.transferred, op.first_byte_ns = op.length, last.first_byte_ns
        return True

    def _words(self, upload: Upload, request: Request) -> str:
        doing = {CREATE: "opening the upload", COMPLETE: "completing the upload"}.get(
            request.kind, f"part {request.number} of {upload.parts}"
        )
        if request.outcome == TIMEOUT:
            return f"{doing}: the object was not written within {self._timeout_ns / 1e9:g} s"
        return f"{doing}: {request.detail}"

    # --- requests -------------------------------------------------------------------------------------------------

    def _send_parts(self, upload: Upload) -> Request:
        """Begin as many parts as there are lanes for; the first of them."""
        first = self._send_one(upload, PUT)
        while upload.lanes and upload.sent < upload.parts:
            self._send_one(upload, PUT)
        return first

    def _send_one(self, upload: Upload, kind: int) -> Request:
        lane = upload.lanes.pop()
        slot = self._slot(upload.op.slot, lane)
        row = multipart.request_row(len(self._plans), upload.op.entry, self._counted(upload, kind))
        request = Request(upload, kind, lane, slot, row)
        upload.open.add(request)
        super().submit(request)
        # The time-out is the operation's, whatever part of it a request begins in; an abort has one of its own.
        self._slots[slot].deadline_ns = request.dispatch_ns + ABORT_NS if kind == ABORT else upload.deadline_ns
        return request

    def _counted(self, upload: Upload, kind: int) -> int:
        """As which request of stores.multipart the next one of this kind is counted; an abort is in no figures."""
        if kind == PUT and not self._parts.completes and upload.sent == upload.parts - 1:
            return multipart.COMPLETE
        return _ROWS.get(kind, multipart.PART)

    def _slot(self, slot: int, lane: int) -> int:
        """The number of the connection of a lane: below 0 beyond the first, which no slot of the engine's has."""
        return slot if lane == 0 else -(slot * (self._lanes - 1) + lane)

    def _cancel(self, request: Request) -> None:
        """Break off a request; it completes as failed."""
        connection = self._slots[request.slot]
        if connection.op is request:
            self._fail(connection, CLIENT, "broken off")
