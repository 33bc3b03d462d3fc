"""Looks around on Google Cloud Storage: buckets of a project, and one level of one bucket a page."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from s3bench_tui.stores.browse import PAGE_ENTRIES, Entry, Page, level, split
from s3bench_tui.stores.gcs import failure as failure
from s3bench_tui.stores.gcs.client import GcsClient
from s3bench_tui.stores.http.gcsjson import parse_buckets, parse_level

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target


def open_browser(target: Target, connect_timeout_ns: int, operation_timeout_ns: int) -> GcsBrowser:
    """Over the target's own end point and TLS; TargetError where it is written wrong."""
    return GcsBrowser(target, connect_timeout_ns, operation_timeout_ns)


class GcsBrowser:
    """See stores.browse.Browser. Sends nothing before it is asked."""

    def __init__(self, target: Target, connect_timeout_ns: int, operation_timeout_ns: int) -> None:
        self._target = target
        self._timeouts_ns = connect_timeout_ns, operation_timeout_ns
        self._clients: dict[str, GcsClient] = {}

    def page(self, uri: str, following: str = "") -> Page:
        _, bucket, prefix = split(uri)
        return self._level(bucket, prefix, following) if bucket else self._buckets(following)

    def _buckets(self, following: str) -> Page:
        client, doing = self._client(""), "listing the buckets"
        client.shown()  # may tell the project, too
        project = os.environ.get("GOOGLE_CLOUD_PROJECT") or client.credentials.project
        if not project:
            raise client.place().error(f"{doing} goes by project; set GOOGLE_CLOUD_PROJECT, or write gs://bucket/")
        query = {"project": project, "fields": "kind,nextPageToken,items(name)", **_paging(following)}
        body = client.ask("GET", "/storage/v1/b", doing, query=query).body
        try:
            names, token = parse_buckets(body)
        except ValueError as error:
            raise client.place().error(f"{doing} failed: {failure.NOT_GCS}: {error}") from None
        return Page(tuple(Entry(f"{name}/", f"gs://{name}/") for name in names), token)

    def _level(self, bucket: str, prefix: str, following: str) -> Page:
        client, doing = self._client(bucket), f"listing {prefix or 'the bucket'}"
        query = {"prefix": prefix, "delimiter": "/", "fields": "kind,nextPageToken,prefixes,items(name,size)"}
        path = f"/storage/v1/b/{quote(bucket, safe='')}/o"
        body = client.ask("GET", path, doing, query={**query, **_paging(following)}).body
        try:
            levels, objects, token = parse_level(body)
        except ValueError as error:
            raise client.place().error(f"{doing} failed: {failure.NOT_GCS}: {error}") from None
        return level(f"gs://{bucket}/", prefix, levels, objects, token)

    def _client(self, bucket: str) -> GcsClient:
        if bucket not in self._clients:
            self._clients[bucket] = GcsClient(self._target, bucket, *self._timeouts_ns)
        return self._clients[bucket]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


def _paging(following: str) -> dict[str, str]:
    return {"maxResults": str(PAGE_ENTRIES), **({"pageToken": following} if following else {})}
