"""The HTTP driver of workloads that write objects in parts and verify what they read."""

from __future__ import annotations

from s3bench_tui.stores.http.multipart import MultipartDriver
from s3bench_tui.stores.http.verifying import VerifyingHttpDriver


class VerifyingMultipartDriver(VerifyingHttpDriver, MultipartDriver):
    """Both: GETs as the one has them, PUTs as the other."""
