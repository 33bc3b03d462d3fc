"""Aborts resumable uploads that were left half done, through the control plane's client. Nothing lists them."""

from __future__ import annotations

from collections.abc import Sequence

from s3bench_tui.stores.gcs import failure as failure
from s3bench_tui.stores.gcs.client import GcsClient
from s3bench_tui.stores.http.gcsparts import GONE
from s3bench_tui.stores.multipart import Upload

_ABORTED = 499


def abort(client: GcsClient, uploads: Sequence[Upload]) -> int:
    """Abort these, each at the end points until one knows it; how many were still there. TargetError."""
    return sum(any(_abort(client, *upload, index) for index in range(len(client.endpoints))) for upload in uploads)


def _abort(client: GcsClient, key: str, session: str, index: int) -> bool:
    path = session.removeprefix(client.endpoints[index].base_path)
    try:
        client.ask("DELETE", path, f"aborting the upload of {key}", index, patient=True, body=b"")
    except failure.Refused as error:
        if error.status not in GONE:
            raise
        return error.status == _ABORTED
    return True
