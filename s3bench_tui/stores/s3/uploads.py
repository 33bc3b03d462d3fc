"""Finds and aborts S3 uploads in parts that were left half done, through the control plane's client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.multipart import Upload
from s3bench_tui.stores.s3 import failure as failure
from s3bench_tui.stores.s3.client import S3Client


def abort(client: S3Client, uploads: Sequence[Upload], prefixes: Sequence[str]) -> int:
    """Abort these, and all whose key starts with one of `prefixes`; how many were still there. TargetError."""
    left = dict.fromkeys(uploads)
    for prefix in prefixes:
        left |= dict.fromkeys(_found(client, prefix))
    return sum(_abort(client, key, name) for key, name in left)


def _abort(client: S3Client, key: str, name: str) -> bool:
    try:
        client.ask("abort_multipart_upload", f"aborting the upload of {key}", patient=True, Key=key, UploadId=name)
    except TargetError as error:
        if failure.code_of(error.__cause__) in ("NoSuchUpload", "404"):
            return False
        raise
    return True


def _found(client: S3Client, prefix: str) -> Iterator[Upload]:
    following: dict[str, Any] = {}
    while True:
        page = client.ask(
            "list_multipart_uploads", "listing uploads in parts", patient=True, Prefix=prefix, **following
        )
        for found in page.get("Uploads", ()):
            if found["Key"].startswith(prefix):  # not every server keeps to the prefix
                yield found["Key"], found["UploadId"]
        before = following
        following = {name: page[f"Next{name}"] for name in ("KeyMarker", "UploadIdMarker") if page.get(f"Next{name}")}
        if not page.get("IsTruncated") or not following or following == before:
            return
