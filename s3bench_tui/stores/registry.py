"""Which module serves which scheme. A new backend is one module, and one line here (and one in uri.FORMS).

A backend module offers `open_store(target, uri, connect_timeout_ns, operation_timeout_ns)` and
`open_driver(config, payload, inspector)`. Modules are imported when they are first needed: a worker loads its own driver only.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from s3bench_tui.stores.base import Driver, DriverConfig, Inspector, PayloadSource, Store
from s3bench_tui.stores.uri import parse

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target  # pydantic, which no worker loads

MODULES = {
    "s3": "s3bench_tui.stores.s3.store",
    "az": "s3bench_tui.stores.azure.store",
    "gs": "s3bench_tui.stores.gcs.store",
    "file": "s3bench_tui.stores.files.file",
    "direct": "s3bench_tui.stores.files.direct",
    "null": "s3bench_tui.stores.null",
}


def open_store(target: Target, connect_timeout_ns: int, operation_timeout_ns: int) -> Store:
    """The control plane of this target; ValueError where its URI is wrong, TargetError where it cannot be served."""
    uri = parse(target.uri)
    module = importlib.import_module(MODULES[uri.scheme])
    return cast(Store, module.open_store(target, uri, connect_timeout_ns, operation_timeout_ns))


def open_driver(config: DriverConfig, payload: PayloadSource, inspector: Inspector | None = None) -> Driver:
    """The data plane, in a worker; with an inspector one that can verify what it reads."""
    module = importlib.import_module(MODULES[config.scheme])
    return cast(Driver, module.open_driver(config, payload, inspector))


def for_worker(config: DriverConfig, share: float, seed: int) -> DriverConfig:
    """The configuration of one worker that makes `share` (0-1) of the target's load.

    Options that end in `_per_s` are rates of the whole target and are split; `seed` becomes an option."""
    rates = {
        name: value * share for name, value in config.options.items() if name.endswith("_per_s") and value is not None
    }
    return replace(config, options={**config.options, **rates, "seed": seed})
