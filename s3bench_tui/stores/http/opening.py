"""Which HTTP driver a worker gets. Knows every kind of them, and no dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from s3bench_tui.stores.base import Driver, DriverConfig, Inspector, PayloadSource
from s3bench_tui.stores.http.dialect import Dialect
from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.options import writes_in_parts


def open_http(
    config: DriverConfig,
    dialect: Callable[[DriverConfig], Dialect],
    payload: PayloadSource,
    inspector: Inspector | None,
) -> Driver:
    """The lean driver; with an inspector one that can verify what it reads, over several end points one that chooses
    among them. `dialect` is one of parts where a line writes in parts."""
    said, endpoints = dialect(config), config.options["endpoints"]
    if len(endpoints) == 1:
        return _open_one(config, said, payload, inspector)
    from s3bench_tui.stores.http.balance import BalancedDriver, BalancedUploads

    drivers = [
        _open_one(replace(config, options={**config.options, "endpoints": [endpoint]}), said, payload, inspector)
        for endpoint in endpoints
    ]
    kind = BalancedUploads if writes_in_parts(config.lines) else BalancedDriver
    return kind(config, drivers, inspector)


def _open_one(config: DriverConfig, said: Dialect, payload: PayloadSource, inspector: Inspector | None) -> HttpDriver:
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
