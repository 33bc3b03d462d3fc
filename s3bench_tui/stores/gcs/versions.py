"""Finds and removes versions (generations) of Google's objects, through the control plane's client."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from urllib.parse import quote

from s3bench_tui.stores.gcs import failure as failure
from s3bench_tui.stores.gcs.client import GcsClient
from s3bench_tui.stores.http.gcs import quote_name
from s3bench_tui.stores.http.gcsjson import parse_generation, parse_list_page
from s3bench_tui.stores.versions import Version

_TOGETHER = 1000
_THREADS = 8
_PAGE = {"versions": "true", "maxResults": "1000", "fields": "kind,nextPageToken,items(name,generation)"}


def check(client: GcsClient, bucket: str) -> None:
    """TargetError where the bucket does not keep versions."""
    doing = "asking whether the bucket keeps versions"
    reply = client.ask("GET", f"/storage/v1/b/{quote(bucket, safe='')}", doing, query={"fields": "versioning"})
    try:
        enabled = bool(json.loads(reply.body)["versioning"]["enabled"])
    except (ValueError, KeyError, TypeError):
        enabled = False
    if not enabled:
        raise client.place().error(
            "versions are not enabled for this bucket; enable them (gcloud storage buckets update --versioning), or remove "
            "versioned: true"
        )


def below(client: GcsClient, objects: str, prefix: str) -> Iterator[Version]:
    """Every version of keys that start with `prefix`; `objects` is the path of the bucket's objects. TargetError."""
    token: str | None = ""
    while token is not None:
        query = {"prefix": prefix, **_PAGE, **({"pageToken": token} if token else {})}
        reply = client.ask("GET", objects, "listing versions", patient=True, query=query)
        try:
            items, _, token = parse_list_page(reply.body)
            found = [(str(item["name"]), str(item["generation"])) for item in items]
        except (ValueError, KeyError, TypeError) as error:
            raise client.place().error(f"listing versions failed: {failure.NOT_GCS}: {error}") from None
        yield from found


def remove(client: GcsClient, objects: str, versions: Iterable[Version], current: bool) -> int:
    """Remove these for good, and unless `current` not those that their keys show now; how many are gone. TargetError."""
    following, gone = iter(versions), 0
    with ThreadPoolExecutor(_THREADS) as pool:
        while batch := list(islice(following, _TOGETHER)):
            shown: set[Version] = set()
            if not current:
                keys = list({key for key, _ in batch})
                shown = set(zip(keys, pool.map(partial(_shown, client, objects), keys), strict=True))
            wanted = [version for version in batch if version not in shown]
            for _ in pool.map(partial(_remove, client, objects), wanted):
                gone += 1
    return gone


def _shown(client: GcsClient, objects: str, key: str) -> str:
    """The version that the key shows now; empty where it shows none."""
    doing = f"asking for the version of {key}"
    try:
        reply = client.ask("GET", f"{objects}/{quote_name(key)}", doing, patient=True, query={"fields": "generation"})
        return parse_generation(reply.body)
    except failure.Refused as error:
        if error.status == 404:
            return ""
        raise
    except ValueError as error:
        raise client.place().error(f"{doing} failed: {failure.NOT_GCS}: {error}") from None


def _remove(client: GcsClient, objects: str, version: Version) -> None:
    key, generation = version
    doing = f"removing version {generation} of {key}"
    try:
        client.ask("DELETE", f"{objects}/{quote_name(key)}", doing, patient=True, query={"generation": generation})
    except failure.Refused as error:
        if error.status != 404:
            raise
