"""Finds and removes versions of S3 objects, through the control plane's client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from s3bench_tui.stores.s3.client import S3Client
from s3bench_tui.stores.versions import Version

_BATCH = 1000


def check(client: S3Client) -> None:
    """TargetError where the bucket does not keep versions."""
    status = client.ask("get_bucket_versioning", "asking whether the bucket keeps versions").get("Status")
    if status != "Enabled":
        state = "are suspended" if status == "Suspended" else "were never enabled"
        raise client.place().error(f"versions {state} for this bucket; enable them, or remove versioned: true")


def remove(client: S3Client, versions: Iterable[Version]) -> int:
    """Remove these for good, a thousand a request; how many are gone. TargetError where a request failed, or where not
    one of its versions could be removed."""
    following, gone = iter(versions), 0
    while batch := list(islice(following, _BATCH)):
        wanted = {"Objects": [{"Key": key, "VersionId": name} for key, name in batch], "Quiet": True}
        answer = client.ask("delete_objects", "removing versions", patient=True, Delete=wanted)
        left = [fault for fault in answer.get("Errors", ()) if fault.get("Code") not in ("NoSuchKey", "NoSuchVersion")]
        if len(left) == len(batch):
            fault = left[0]
            raise client.place().error(
                f"removing version {fault.get('VersionId')} of {fault.get('Key')} was refused: "
                f"{fault.get('Code')}: {fault.get('Message')}"
            )
        gone += len(batch) - len(left)
    return gone


def below(client: S3Client, prefix: str) -> Iterator[Version]:
    """Every version and every marker of keys that start with `prefix`. TargetError."""
    following: dict[str, Any] = {}
    while True:
        page = client.ask("list_object_versions", "listing versions", patient=True, Prefix=prefix, **following)
        for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            yield found["Key"], found["VersionId"]
        before = following
        following = {name: page[f"Next{name}"] for name in ("KeyMarker", "VersionIdMarker") if page.get(f"Next{name}")}
        if not page.get("IsTruncated") or not following or following == before:
            return
