"""AWS Signature Version 4 for S3, for one request after another: what holds for a second is made once a second.

Knows nothing of sockets, of buckets, or of what a request means.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence
from hashlib import sha256

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = sha256(b"").hexdigest()

_HASH_FIELD = "x-amz-content-sha256"

_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))
_new_sha256 = sha256().copy  # half the price of a new object, which asks OpenSSL for the algorithm by name each time


class Signer:
    """Whose requests these are, where, and what time it is there.

    With an empty `access_key` requests are anonymous. `clock` gives seconds since the epoch; `offset_s` is added
    to it, and makes up for a clock that differs from the server's.
    """

    def __init__(
        self,
        access_key: str,
        secret_key: str,
        token: str | None,
        region: str,
        service: str = "s3",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.region = region
        self.service = service
        self.clock = clock
        self.access_key = access_key
        self.token = token
        self._secret_key = secret_key
        self._offset_s = 0.0
        self._hosts: list[SigningHost] = []

    @property
    def offset_s(self) -> float:
        """Seconds by which the server's clock is ahead of ours."""
        return self._offset_s

    @offset_s.setter
    def offset_s(self, offset_s: float) -> None:
        self._offset_s = offset_s
        self._forget()

    def use(self, access_key: str, secret_key: str, token: str | None) -> None:
        """Sign with these credentials from the next request on."""
        self.access_key = access_key
        self.token = token
        self._secret_key = secret_key
        self._forget()

    def for_host(self, host_header: str, fields: Sequence[tuple[str, str]] = ()) -> SigningHost:
        """The face of this signer towards one value of the Host header; `fields` are headers that each request to it
        carries, and they are signed."""
        host = SigningHost(self, host_header, fields)
        self._hosts.append(host)
        return host

    def signing_key(self, date: str) -> bytes:
        """The key of one day (`YYYYMMDD`), region and service."""
        key = f"AWS4{self._secret_key}".encode()
        for part in (date, self.region, self.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key

    def _forget(self) -> None:
        for host in self._hosts:
            host.forget()


class SigningHost:
    """Makes the signed heads of requests to one host."""

    __slots__ = (
        "_canonical_host", "_canonical_rest", "_clock", "_fields", "_host_lines", "_inner", "_offset_s", "_outer", "_rest_lines",
        "_scope", "_signer", "_since", "_stamp", "_until", "host",
    )  # fmt: skip

    def __init__(self, signer: Signer, host: str, fields: Sequence[tuple[str, str]] = ()) -> None:
        self.host = host
        self._signer = signer
        self._fields = {name.lower(): _trimmed(value) for name, value in fields}
        self._clock = signer.clock
        self.forget()

    def forget(self) -> None:
        """Prepare anew before the next request."""
        self._offset_s = self._signer.offset_s
        self._since = self._until = 0.0

    def sign(
        self,
        method: str,
        path: str,
        query: str = "",
        payload_hash: str = UNSIGNED_PAYLOAD,
        extra: Sequence[tuple[str, str]] = (),
    ) -> str:
        """The head of a request, up to and with the CRLF of its last signed line; the caller adds what need not be
        signed, and the empty line.

        `path` is quoted (see quoting.quote_key) and `query` canonical (see quoting.canonical_query); `payload_hash`
        is the hex SHA-256 of the body, or UNSIGNED_PAYLOAD; `extra` are further headers to be signed.
        """
        now = self._clock() + self._offset_s
        if not self._since <= now < self._until:
            self._prepare(int(now))
        if not self._stamp or extra:
            return self._sign_slowly(method, path, query, payload_hash, extra)
        request = _new_sha256()
        request.update(
            f"{method}\n{path}\n{query}\n{self._canonical_host}{payload_hash}{self._canonical_rest}{payload_hash}".encode()
        )
        inner = self._inner.copy()
        inner.update(request.hexdigest().encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        if query:
            path = f"{path}?{query}"
        return f"{method} {path}{self._host_lines}{payload_hash}{self._rest_lines}{outer.hexdigest()}\r\n"

    def _prepare(self, second: int) -> None:
        signer = self._signer
        self._since, self._until = float(second), second + 1.0
        self._stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second)) if signer.access_key else ""
        if not self._stamp:
            return
        stamp, date = self._stamp, self._stamp[:8]
        self._scope = f"{date}/{signer.region}/{signer.service}/aws4_request"
        key = signer.signing_key(date).ljust(64, b"\0")
        self._inner = sha256(key.translate(_INNER_PAD) + f"AWS4-HMAC-SHA256\n{stamp}\n{self._scope}\n".encode())
        self._outer = sha256(key.translate(_OUTER_PAD))
        fields = self._fields | {"host": self.host, "x-amz-date": stamp}
        if signer.token:
            fields["x-amz-security-token"] = _trimmed(signer.token)
        # The hash of the body is all that differs from one request to the next: what stands before it and behind.
        before: list[str] = []
        behind: list[str] = []
        for name, value in sorted(fields.items()):
            (before if name < _HASH_FIELD else behind).append(f"{name}:{value}\n")
        names = ";".join(sorted((*fields, _HASH_FIELD)))
        self._canonical_host = f"{''.join(before)}{_HASH_FIELD}:"
        self._canonical_rest = f"\n{''.join(behind)}\n{names}\n"
        del fields["host"]
        self._host_lines = f" HTTP/1.1\r\nHost: {self.host}\r\n{_HASH_FIELD}: "
        self._rest_lines = f"\r\n{_lines(fields)}{self._authorization(names)}"

    def _authorization(self, names: str) -> str:
        return f"Authorization: AWS4-HMAC-SHA256 Credential={self._signer.access_key}/{self._scope}, SignedHeaders={names}, Signature="

    def _sign_slowly(
        self, method: str, path: str, query: str, payload_hash: str, extra: Sequence[tuple[str, str]]
    ) -> str:
        """With headers of the request's own, or without any signature where the requests are anonymous."""
        target = f"{path}?{query}" if query else path
        headers = self._fields | {name.lower(): _trimmed(value) for name, value in extra}
        start = f"{method} {target} HTTP/1.1\r\nHost: {self.host}\r\n"
        if not self._stamp:
            return start + _lines(headers)
        headers |= {_HASH_FIELD: payload_hash, "x-amz-date": self._stamp}
        if self._signer.token:
            headers["x-amz-security-token"] = _trimmed(self._signer.token)
        signed = sorted({**headers, "host": self.host}.items())
        names = ";".join(name for name, _ in signed)
        fields = "".join(f"{name}:{value}\n" for name, value in signed)
        canonical = f"{method}\n{path}\n{query}\n{fields}\n{names}\n{payload_hash}"
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(sha256(canonical.encode()).hexdigest().encode())
        outer.update(inner.digest())
        return f"{start}{_lines(headers)}{self._authorization(names)}{outer.hexdigest()}\r\n"


def _trimmed(value: str) -> str:
    return " ".join(value.split())


def _lines(headers: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())
