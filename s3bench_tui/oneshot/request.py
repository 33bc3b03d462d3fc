"""From the arguments of a one-shot to a workload that is checked, and to a store that can be asked.

Runs nothing and prints nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.spec.loading import Loaded, load_mapping
from s3bench_tui.stores.base import Store
from s3bench_tui.stores.naming import Place
from s3bench_tui.stores.registry import open_store

_SURVEY: Mapping[str, Any] = {"op": "list"}
"""What stands for the mix where none is run."""


def workload_of(arguments: argparse.Namespace, place: Place, mix: Mapping[str, Any] = _SURVEY, **more: Any) -> Loaded:
    """A workload with this one line on this target; ConfigError where the arguments do not fit it."""
    target: dict[str, Any] = {"uri": place.target}
    for key in ("endpoint", "region", "profile"):
        if (value := getattr(arguments, key)) is not None:
            target[key] = value
    if arguments.anonymous:
        target["anonymous"] = True
    tls = {"ca_file": arguments.ca_file, "insecure": arguments.insecure or None}
    if tls := {key: value for key, value in tls.items() if value is not None}:
        target["tls"] = tls
    sealed = {"type": arguments.encryption} | {
        key: getattr(arguments, key) for key in ("kms_key_id", "key_env", "key_file", "scope")
    }
    if sealed := {key: value for key, value in sealed.items() if value is not None}:
        target["encryption"] = sealed
    try:
        return load_mapping({"name": arguments.command, "targets": [target], "workload": [dict(mix)], **more})
    except ConfigError as error:
        raise ConfigError([_by_option(problem, arguments) for problem in error.problems]) from None


def _by_option(problem: Problem, arguments: argparse.Namespace) -> Problem:
    """The problem by the name of the option that made it, where one did, and not by the key of a file."""
    name = problem.key.removesuffix(".type").rpartition(".")[2]  # that of the encryption
    return replace(problem, key=f"--{name.replace('_', '-')}") if hasattr(arguments, name) else problem


@contextmanager
def opened(arguments: argparse.Namespace, place: Place) -> Iterator[Store]:
    """The control plane of the place's target. Raises ConfigError, or TargetError."""
    workload = workload_of(arguments, place).workload
    store = open_store(workload.targets[0], workload.connect_timeout, workload.operation_timeout)
    try:
        yield store
    finally:
        store.close()
