"""The data plane of s3:// through boto3: what an application sees that uses the SDK, with the SDK's own retries.

Loaded only where a target asks for it (`client: sdk`); boto3 itself with the first client, in a worker. Knows no
mixes, pacing or statistics, and nothing of the lean driver that it stands beside.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from time import monotonic_ns
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from s3bench_tui import __version__
from s3bench_tui.stores.base import COPY, DELETE, GET, LIST, PUT, STAT, DriverConfig, Operation, PayloadSource
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import INTEGRITY, PARTIAL, PROTOCOL
from s3bench_tui.stores.pages import Pages
from s3bench_tui.stores.s3_credentials import open_session
from s3bench_tui.stores.s3_endpoint import style
from s3bench_tui.stores.sdk_failure import DETAIL_LIMIT, explain
from s3bench_tui.stores.threads import Threads
from s3bench_tui.stores.transfer import Task
from s3bench_tui.units import NS_PER_S

if TYPE_CHECKING:
    from s3bench_tui.spec.target import Target  # pydantic, which no worker loads

_CHUNK_BYTES = 256 * 1024
LEAST_POOL = 10
"""Connections that the SDK keeps by default."""
_DEFAULT_ATTEMPTS = {"legacy": 5, "standard": 3, "adaptive": 3}
"""The SDK's, by retry mode; the first attempt is one of them."""


def options(target: Target) -> dict[str, Any]:
    """What `DriverConfig.options` holds for this driver beside the lean one's; sends nothing.

    client, endpoint_urls (None: the SDK's own choice), profile, addressing, anonymous; and what the SDK does by
    itself, as facts: boto3 (its version), retry_mode, max_attempts, pool_connections, request_checksums,
    response_checksums. TargetError where the AWS configuration is wrong.
    """
    session = open_session(target.profile)
    mode = session.get_config_variable("retry_mode") or "standard"
    written = (target.endpoint,) if isinstance(target.endpoint, str) else target.endpoint or (None,)
    return {
        "client": "sdk",
        "endpoint_urls": list(written),
        "profile": target.profile,
        "addressing": target.addressing,
        "anonymous": target.anonymous,
        "boto3": version("boto3"),
        "retry_mode": mode,
        "max_attempts": session.get_config_variable("max_attempts") or _DEFAULT_ATTEMPTS.get(mode, 0),
        "pool_connections": f"as many as slots, {LEAST_POOL} or more in each worker",
        "request_checksums": session.get_config_variable("request_checksum_calculation"),
        "response_checksums": session.get_config_variable("response_checksum_validation"),
    }


def _put_more(line: LineOptions) -> dict[str, Any]:
    """What a PUT of this line asks of the SDK beside what every PUT does."""
    said = {
        "Metadata": dict(line.metadata),
        "Tagging": urlencode(line.tags, quote_via=quote),
        "StorageClass": line.storage_class,
        "ContentType": line.content_type,
        "CacheControl": line.cache_control,
    }
    return {name: value for name, value in said.items() if value}


class SdkDriver:
    """A thread for each operation in flight, and one client of the SDK (one for each end point) for all of them."""

    polled = False
    woke_ns = 0
    begin = None

    def __init__(self, config: DriverConfig, payload: PayloadSource) -> None:
        self._config = config
        self._credentials = config.credentials
        self._payload = payload
        self._pages = Pages(config.lines)
        self._put_more = [_put_more(line) for line in config.lines]
        self._threads = Threads()
        self._pool = 0
        self._clients: list[Any] = []
        self._retries: list[int] = []  # by slot, which one thread at a time adds to
        self._own = threading.local()  # of each thread: its attempts at an operation, and the body that it writes

    # --- the face of a driver -------------------------------------------------------------------------------------

    def prewarm(self, slots: int, deadline_ns: int) -> None:
        """Load the SDK and open its clients. Connections it opens itself, with the first operations."""
        self._make_room(slots)

    def submit(self, op: Operation) -> None:
        """Hand the operation to a thread; the SDK's call begins there, and so does its service time."""
        op.outcome = op.transferred = op.first_byte_ns = op.items = op.pages = 0
        op.detail = ""
        if self._threads.busy >= self._pool:  # not the slot's number: in open loop slots that wait are numbered too
            self._make_room(self._threads.busy + 1)
        if op.slot >= len(self._retries):
            self._retries += [0] * (op.slot + 1 - len(self._retries))
        op.dispatch_ns = monotonic_ns()
        self._threads.start(op, self._whole(op, self._clients[op.slot % len(self._clients)]))

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        return self._threads.reap(timeout_ns)

    def renew(self, credentials: Mapping[str, str]) -> None:
        """Replace the clients; what is in flight ends with the old ones."""
        self._credentials = credentials
        if self._clients:
            self._clients = self._opened()

    def counters(self) -> Mapping[str, int]:
        """retries (attempts after the first, by the SDK itself), pool_connections (the most it keeps), clients."""
        return {"retries": sum(self._retries), "pool_connections": self._pool, "clients": len(self._clients)}

    def close(self) -> None:
        self._threads.close()
        for client in self._clients:
            client.close()

    # --- clients --------------------------------------------------------------------------------------------------

    def _make_room(self, slots: int) -> None:
        """Clients that keep a connection for each of so many in flight; where later there are more, half as many again."""
        self._pool = max(slots, self._pool * 3 // 2, LEAST_POOL)
        self._clients = self._opened()

    def _opened(self) -> list[Any]:
        import boto3
        import botocore
        import urllib3
        from botocore.config import Config

        config, said, keys = self._config, self._config.options, self._credentials
        if said["insecure"]:
            urllib3.disable_warnings()  # asked for, and said in the report
        session = boto3.session.Session(profile_name=said["profile"])
        clients = [
            session.client(
                "s3",
                region_name=said["region"],
                endpoint_url=url,
                verify=said["ca_file"] or not said["insecure"],
                aws_access_key_id=keys.get("access_key"),
                aws_secret_access_key=keys.get("secret_key"),
                aws_session_token=keys.get("token"),
                # Retries and checksums are left as the SDK and its configuration have them: so do applications.
                config=Config(
                    connect_timeout=config.connect_timeout_ns / NS_PER_S,
                    read_timeout=config.operation_timeout_ns / NS_PER_S,
                    max_pool_connections=self._pool,
                    proxies={},  # the probe and the lean client use none
                    user_agent_extra=f"s3bench-tui/{__version__}",
                    **({"signature_version": botocore.UNSIGNED} if said["anonymous"] else {}),
                    **style(said["addressing"]),
                ),
            )
            for url in said["endpoint_urls"]
        ]
        for client in clients:
            client.meta.events.register("before-send.s3", self._count_attempt)
        return clients

    def _count_attempt(self, **_: Any) -> None:
        """Called by the SDK in the operation's thread before each attempt; sends nothing itself."""
        self._own.attempts += 1

    # --- one operation, in its thread -----------------------------------------------------------------------------

    def _whole(self, op: Operation, client: Any) -> Task:
        """The operation from beginning to end; asks whoever runs it for no reads."""
        self._own.attempts = 0
        requests = 1
        try:
            if op.kind == PUT:
                self._make_body(op)
            op.dispatch_ns = monotonic_ns()
            _OPERATIONS[op.kind](self, op, client)
            op.done_ns = monotonic_ns()
            requests = op.pages or 1
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises is this operation's outcome
            op.done_ns = monotonic_ns()
            requests = op.pages + 1
            op.outcome, op.detail = explain(error)
        if op.outcome:
            op.transferred = 0
            op.items = op.items if op.outcome == PARTIAL else 0
        self._retries[op.slot] += max(0, self._own.attempts - requests)
        yield from ()

    def _make_body(self, op: Operation) -> None:
        body: bytearray | None = getattr(self._own, "body", None)
        if body is None or len(body) != op.length:
            body = self._own.body = bytearray(op.length)
        if body:
            with memoryview(body) as view:
                self._payload.fill(view, op.key, op.version, 0)

    def _get(self, op: Operation, client: Any) -> None:
        ranged = op.offset >= 0
        span = {"Range": f"bytes={op.offset}-{op.offset + op.length - 1}"} if ranged else {}
        answer = client.get_object(Bucket=self._config.root, Key=op.key, **span)
        body = answer["Body"]
        got = 0
        try:
            while chunk := body.read(_CHUNK_BYTES if got else 1):  # one byte first: it shows when the body begins
                if not got:
                    op.first_byte_ns = monotonic_ns()
                got += len(chunk)
        finally:
            body.close()
        if ("ContentRange" in answer) != ranged:
            asked, came = ("a range", "the whole object") if ranged else ("the whole object", "a part")
            op.outcome, op.detail = PROTOCOL, f"{asked} was asked for, and {came} came"
        elif got != op.length >= 0:
            op.outcome, op.detail = INTEGRITY, f"{got} bytes came where {op.length} were expected"
        op.transferred = got

    def _put(self, op: Operation, client: Any) -> None:
        more = self._put_more[op.entry] if self._put_more else {}
        client.put_object(Bucket=self._config.root, Key=op.key, Body=self._own.body, **more)
        op.transferred = op.length

    def _stat(self, op: Operation, client: Any) -> None:
        op.length = client.head_object(Bucket=self._config.root, Key=op.key).get("ContentLength", -1)

    def _list(self, op: Operation, client: Any) -> None:
        options = self._pages.options(op)
        wanted: dict[str, Any] = {"Bucket": self._config.root, "Prefix": op.key}
        wanted |= {"MaxKeys": options.max_keys} if options.max_keys else {}
        wanted |= {"Delimiter": options.delimiter} if options.delimiter else {}
        token = self._pages.first(op)
        self._pages.forget(op)  # whatever goes wrong, the next walk begins anew
        while True:
            page = client.list_objects_v2(**wanted, **({"ContinuationToken": token} if token else {}))
            op.pages += 1
            op.items += len(page.get("Contents", ())) + len(page.get("CommonPrefixes", ()))
            token = self._pages.following(op, page.get("NextContinuationToken"))
            if token is None:
                return

    def _copy(self, op: Operation, client: Any) -> None:
        bucket = self._config.root
        client.copy_object(Bucket=bucket, Key=op.key, CopySource={"Bucket": bucket, "Key": op.source})

    def _delete(self, op: Operation, client: Any) -> None:
        if not op.keys:
            client.delete_object(Bucket=self._config.root, Key=op.key)
            return
        wanted = {"Objects": [{"Key": key} for key in op.keys], "Quiet": True}
        left = client.delete_objects(Bucket=self._config.root, Delete=wanted).get("Errors", ())
        op.items = len(op.keys) - len(left)
        if left:
            first = left[0]
            words = f"{first.get('Key')}: {first.get('Code')} {first.get('Message')}"
            op.outcome = PARTIAL
            op.detail = f"{len(left)} of {len(op.keys)} keys were not deleted; {words}"[:DETAIL_LIMIT]


_OPERATIONS = {
    GET: SdkDriver._get,
    PUT: SdkDriver._put,
    STAT: SdkDriver._stat,
    LIST: SdkDriver._list,
    DELETE: SdkDriver._delete,
    COPY: SdkDriver._copy,
}
