"""Rules about encryption by the server: how each store does it, and whose key is named where."""

from __future__ import annotations

import re
from collections.abc import Iterator

from s3bench_tui.spec.effective import target_names
from s3bench_tui.spec.model.target import Encryption, Target
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.text.wording import listed
from s3bench_tui.spec.vocabulary import ENCRYPTIONS, scheme_of
from s3bench_tui.units import shown

_SCOPE = re.compile(r"[A-Za-z0-9-]{3,63}")
_NAMES = {"kms_key_id": "sse-kms", "key_env": "sse-c", "key_file": "sse-c", "scope": "scope"}
"""Keys that name something, each for one type."""


def named(workload: Workload) -> Iterator[Finding]:
    """A key or a scope is named where one is needed, and only there."""
    for index, target in enumerate(workload.targets):
        wanted, scheme = target.encryption, scheme_of(target.uri)
        if wanted is None or scheme not in ENCRYPTIONS:
            continue
        path = ("targets", index, "encryption")
        if wanted.type not in ENCRYPTIONS[scheme]:
            message = f"{scheme}:// is not asked for {wanted.type}"
            yield Finding((*path, "type"), message, f"Write {listed(ENCRYPTIONS[scheme])}")
            continue
        for key, kind in _NAMES.items():
            if getattr(wanted, key) is not None and wanted.type != kind:
                yield Finding((*path, key), f"has no meaning for {wanted.type}", "Remove it")
        yield from _lacking(path, wanted, scheme)
        if wanted.type == "sse-c":
            yield from _open_to_all(path, target)
        if target.client == "sdk":
            yield Finding(path, "is not done by client: sdk", "Remove it, or write client: lean")


def _lacking(path: tuple[str | int, ...], wanted: Encryption, scheme: str) -> Iterator[Finding]:
    if wanted.type == "sse-c" and (wanted.key_env is None) == (wanted.key_file is None):
        hint = "Write key_env: NAME of a variable, or key_file: FILE"
        yield Finding(path, "sse-c needs one place of the key", hint)
    if wanted.type == "sse-kms" and scheme == "gs" and wanted.kms_key_id is None:
        hint = "Write kms_key_id: projects/P/locations/L/keyRings/R/cryptoKeys/K"
        yield Finding(path, "sse-kms needs the name of the key on gs://", hint)
    if wanted.type == "scope" and wanted.scope is None:
        yield Finding(path, "scope needs its name", "Write scope: NAME")
    elif wanted.scope is not None and not _SCOPE.fullmatch(wanted.scope):
        message = f"{shown(wanted.scope)} cannot be a scope"
        yield Finding((*path, "scope"), message, "Scopes are 3 to 63 letters, digits and hyphens")


def _open_to_all(path: tuple[str | int, ...], target: Target) -> Iterator[Finding]:
    if not any(scheme_of(endpoint) == "http" for endpoint in target.endpoints):
        return
    if scheme_of(target.uri) == "az":
        yield Finding(path, "az:// takes a key over https alone", "Write https:// in endpoint")
    else:
        message = "the key goes over plain http, where anybody on the way can read it"
        hint = "Write https:// in endpoint, or use a key that opens nothing else"
        yield Finding(path, message, hint, warning=True)


def copies(workload: Workload) -> Iterator[Finding]:
    """Azure copies nothing that a customer's key has sealed."""
    for target, name in zip(workload.targets, target_names(workload), strict=True):
        wanted = target.encryption
        if wanted is None or wanted.type != "sse-c" or scheme_of(target.uri) != "az":
            continue
        for index, line in enumerate(workload.workload):
            if line.op == "copy" and line.target in (None, name):
                message = "az:// copies no blob that a key of yours has sealed"
                yield Finding(("workload", index, "op"), message, "Remove the line, or encryption:")
