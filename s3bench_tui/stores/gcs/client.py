"""How a gs:// target is asked: plain HTTPS calls of Google's JSON API, and their failures in words.

Not Google's SDK: that is forty packages for the four requests that are needed here, none of them timed. urllib3, which
comes with the SDK of S3, gives connections, retries and TLS. Knows no probe, listing or clean-up: what is asked is the
caller's business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from s3bench_tui import __version__
from s3bench_tui.errors import TargetError
from s3bench_tui.stores.endpoint import Endpoint
from s3bench_tui.stores.gcs import failure as failure
from s3bench_tui.stores.gcs.credentials import Tokens
from s3bench_tui.stores.gcs.endpoint import emulator, find
from s3bench_tui.stores.place import Place
from s3bench_tui.stores.unanswered import reason
from s3bench_tui.units import NS_PER_S

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target

POOL = 10
"""Connections to one end point."""
_PATIENT_RETRIES = 4
_PASSING = (408, 429, 500, 502, 503, 504)
"""Statuses that are worth another attempt."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is no refusal; header names in lower case."""

    headers: Mapping[str, str]
    body: bytes


class GcsClient:
    """Asks the end points of one target. Looks for nothing and sends nothing before it is asked."""

    def __init__(
        self,
        target: Target,
        bucket: str,
        connect_timeout_ns: int,
        operation_timeout_ns: int,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._target = target
        self._bucket = bucket
        self._connect_timeout_ns = connect_timeout_ns
        self._operation_timeout_ns = operation_timeout_ns
        written = target.endpoints
        self.endpoints = find(written)
        """Where the target's end points are; at least one."""
        self.anonymous = target.anonymous or (not written and bool(emulator()))
        self.credentials = Tokens(self.anonymous, clock, monotonic)
        self._pools = [self._open_pool(endpoint) for endpoint in self.endpoints]
        for index, endpoint in enumerate(self.endpoints):
            if not self.anonymous and not endpoint.is_private:
                raise self.place(index).error(
                    "a token sent over http:// can be read on the way; write https:// for the end point, or "
                    "`anonymous: true`"
                )

    def shown(self) -> Mapping[str, str]:
        """`token`, or nothing where anonymous; TargetError where there is none."""
        try:
            return self.credentials.mapping()
        except TargetError as error:
            raise TargetError(f"gs://{self._bucket}: {error}") from None

    def ask(
        self,
        method: str,
        path: str,
        doing: str,
        index: int = 0,
        patient: bool = False,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        kind: str = "application/octet-stream",
        fields: Mapping[str, str] | None = None,
    ) -> Reply:
        """End point `index`'s answer to a request for this quoted path, tried several times where `patient`; `kind` is
        the body's content type, `fields` are further ones of the head.

        A TargetError says what failed while `doing`; Refused where that is what the server said.
        """
        import urllib3

        token = self.shown().get("token")
        headers = {"User-Agent": f"s3bench-tui/{__version__}"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Content-Type": kind} if body is not None else {}
        headers |= fields or {}
        retries = urllib3.Retry(
            total=_PATIENT_RETRIES if patient else 0,
            redirect=0,
            backoff_factor=0.2,
            status_forcelist=_PASSING if patient else (),
            allowed_methods=None,
            raise_on_status=False,
        )
        url = self.endpoints[index].base_path + path
        url += f"?{urlencode(query, quote_via=quote, safe='')}" if query else ""
        try:
            answer = self._pools[index].urlopen(method, url, body, headers, retries, redirect=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._unanswered(error, doing, index) from error
        received = {name.lower(): value for name, value in answer.headers.items()}
        if answer.status >= 300:
            raise failure.refused(answer.status, received, answer.data, doing, self.place(index))
        return Reply(received, answer.data)

    def _unanswered(self, error: Exception, doing: str, index: int) -> TargetError:
        place = self.place(index)
        timeouts_ns = place.connect_timeout_ns, place.operation_timeout_ns
        words = reason(error, doing, place.url, *timeouts_ns, "check the end point and the DNS")
        return place.error(words or f"{doing} failed: {error}; check the target and its options")

    @property
    def ca_file(self) -> str | None:
        """The CAs that are trusted: the target's, or the system's."""
        return self._target.tls.ca_file

    def place(self, index: int = 0) -> Place:
        """End point `index`, for sentences about it."""
        return Place(
            target=f"gs://{self._bucket}",
            url=self.endpoints[index].url,
            source=self.credentials.source,
            connect_timeout_ns=self._connect_timeout_ns,
            operation_timeout_ns=self._operation_timeout_ns,
            secrets=self.credentials.secrets,
        )

    def close(self) -> None:
        for pool in self._pools:
            pool.close()

    def _open_pool(self, endpoint: Endpoint) -> Any:
        import urllib3

        from s3bench_tui.stores.http.connection import tls_context

        limits_s = self._connect_timeout_ns / NS_PER_S, self._operation_timeout_ns / NS_PER_S
        timeout = urllib3.Timeout(connect=limits_s[0], read=limits_s[1])
        if endpoint.scheme == "http":
            return urllib3.HTTPConnectionPool(endpoint.host, endpoint.port, timeout, POOL, block=True)
        tls = self._target.tls
        if tls.insecure:
            urllib3.disable_warnings()  # asked for, and said in the probe's line and in the report
        context = tls_context(tls.ca_file, tls.insecure)
        return urllib3.HTTPSConnectionPool(endpoint.host, endpoint.port, timeout, POOL, block=True, ssl_context=context)
