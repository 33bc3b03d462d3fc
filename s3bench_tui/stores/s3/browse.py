"""Looks around on S3: buckets, and one level of one bucket a page. Knows nothing of the data plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s3bench_tui.stores.browse import PAGE_ENTRIES, Entry, Page, level, split
from s3bench_tui.stores.s3.client import S3Client

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target


def open_browser(target: Target, connect_timeout_ns: int, operation_timeout_ns: int) -> S3Browser:
    """Over the target's own end point, profile and TLS."""
    return S3Browser(target, connect_timeout_ns, operation_timeout_ns)


class S3Browser:
    """See stores.browse.Browser. Sends nothing before it is asked."""

    def __init__(self, target: Target, connect_timeout_ns: int, operation_timeout_ns: int) -> None:
        self._target = target
        self._timeouts_ns = connect_timeout_ns, operation_timeout_ns
        self._clients: dict[str, S3Client] = {}

    def page(self, uri: str, following: str = "") -> Page:
        _, bucket, prefix = split(uri)
        return self._level(bucket, prefix, following) if bucket else self._buckets(following)

    def _buckets(self, following: str) -> Page:
        token: dict[str, Any] = {"ContinuationToken": following} if following else {}
        answer = self._client("").ask("list_buckets", "listing the buckets", MaxBuckets=PAGE_ENTRIES, **token)
        names = [str(bucket["Name"]) for bucket in answer.get("Buckets") or ()]
        entries = tuple(Entry(f"{name}/", f"s3://{name}/") for name in names)
        return Page(entries, str(answer.get("ContinuationToken") or ""))

    def _level(self, bucket: str, prefix: str, following: str) -> Page:
        token: dict[str, Any] = {"ContinuationToken": following} if following else {}
        answer = self._client(bucket).ask(
            "list_objects_v2",
            f"listing {prefix or 'the bucket'}",
            Prefix=prefix,
            Delimiter="/",
            MaxKeys=PAGE_ENTRIES,
            **token,
        )
        levels = [str(found["Prefix"]) for found in answer.get("CommonPrefixes") or ()]
        objects = [(str(found["Key"]), int(found["Size"])) for found in answer.get("Contents") or ()]
        more = str(answer.get("NextContinuationToken") or "") if answer.get("IsTruncated") else ""
        return level(f"s3://{bucket}/", prefix, levels, objects, more)

    def _client(self, bucket: str) -> S3Client:
        if bucket not in self._clients:
            self._clients[bucket] = S3Client(self._target, bucket, *self._timeouts_ns)
        return self._clients[bucket]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
