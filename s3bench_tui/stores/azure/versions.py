"""Finds and removes versions of blobs, through the control plane's client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.azure import failure as failure
from s3bench_tui.stores.azure.client import AzureClient
from s3bench_tui.stores.versions import Version

NOT_KEPT = "versions are not enabled for this account; enable them, or remove versioned: true"

_TOGETHER = 1000
_THREADS = 8
_GONE = "BlobNotFound"
_SHOWN = "OperationNotAllowedOnRootBlob"
"""How the service refuses to delete, by its name, the version that a blob shows."""


def below(client: AzureClient, prefix: str) -> Iterator[Version]:
    """Every version of blobs whose names start with `prefix`. TargetError."""
    with client.asking("listing versions", patient=True) as container:
        for found in container.list_blobs(name_starts_with=prefix or None, include=["versions"]):
            if found.version_id:  # one from before versions were kept has none
                yield found.name, found.version_id


def remove(client: AzureClient, versions: Iterable[Version], current: bool) -> int:
    """Remove these for good, and unless `current` not those that their blobs show now; how many are gone. TargetError."""
    following, gone = iter(versions), 0
    with ThreadPoolExecutor(_THREADS) as pool:
        while batch := list(islice(following, _TOGETHER)):
            gone += sum(pool.map(partial(_remove, client, current), batch))
    return gone


def _remove(client: AzureClient, current: bool, version: Version) -> bool:
    key, name = version
    code = _refused(client, key, name)
    if code == _SHOWN:
        if not current:
            return False
        _refused(client, key, None)  # the blob shows none from now on, and what it showed is one of the others
        _refused(client, key, name)
    return True


def _refused(client: AzureClient, key: str, version: str | None) -> str:
    """Delete one version, or what the blob shows; the service's code where it is gone already, or is shown."""
    doing = f"removing version {version} of {key}" if version else f"deleting {key}"
    try:
        with client.asking(doing, patient=True) as container:
            container.delete_blob(key, version_id=version)
    except TargetError as error:
        code = failure.code_of(error.__cause__)
        if code in (_GONE, _SHOWN):
            return code
        raise
    return ""
