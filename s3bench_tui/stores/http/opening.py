"""Which HTTP driver a worker gets. Knows every kind of them, and no dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from s3bench_tui.stores.base import Driver, DriverConfig, Inspector, PayloadSource
from s3bench_tui.stores.http.driver import Dialect, HttpDriver
from s3bench_tui.stores.options import writes_in_parts


def open_http(
    config: DriverConfig,
    dialect: Callable[[DriverConfig], Dialect],
    payload: PayloadSource,
    inspector: Inspector | None,
) -> Driver:
    """The lean driver; with an inspector one that can verify what it reads. `dialect` is one of parts where a line
    writes in parts."""
    said = dialect(config)
    if not writes_in_parts(config.lines):
        if inspector is None:
            return HttpDriver(config, said, payload)
        from s3bench_tui.stores.http.verifying import VerifyingHttpDriver

        return VerifyingHttpDriver(config, said, payload, inspector)
    from s3bench_tui.stores.http.multipart import MultipartDriver, PartsDialect

    parts = cast(PartsDialect, said)
    if inspector is None:
        return MultipartDriver(config, parts, payload)
    from s3bench_tui.stores.http.verifyingparts import VerifyingMultipartDriver

    return VerifyingMultipartDriver(config, parts, payload, inspector)
