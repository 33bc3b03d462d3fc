"""Looks around on Azure Blob Storage: accounts that the environment names, containers, one level of one a page."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.azure.client import AzureClient
from s3bench_tui.stores.azure.credentials import accounts
from s3bench_tui.stores.browse import PAGE_ENTRIES, Entry, Page, level, split

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target


def open_browser(target: Target, connect_timeout_ns: int, operation_timeout_ns: int) -> AzureBrowser:
    """Over the target's own end point and TLS."""
    return AzureBrowser(target, connect_timeout_ns, operation_timeout_ns)


class AzureBrowser:
    """See stores.browse.Browser. Sends nothing before it is asked."""

    def __init__(self, target: Target, connect_timeout_ns: int, operation_timeout_ns: int) -> None:
        self._target = target
        self._timeouts_ns = connect_timeout_ns, operation_timeout_ns
        self._clients: dict[tuple[str, str], AzureClient] = {}

    def page(self, uri: str, following: str = "") -> Page:
        _, account, rest = split(uri)
        container, _, prefix = rest.partition("/")
        if not account:
            return self._accounts()
        return self._level(account, container, prefix, following) if container else self._containers(account, following)

    def _accounts(self) -> Page:
        names = accounts(os.environ)
        if not names:
            raise TargetError("az:// names no account, nor does the environment; write az://account/, or set AZURE_STORAGE_ACCOUNT")  # fmt: skip
        return Page(tuple(Entry(f"{name}/", f"az://{name}/") for name in names))

    def _containers(self, account: str, following: str) -> Page:
        with self._client(account, "").asking("listing the containers", as_owner=True) as service:
            pages = service.list_containers(results_per_page=PAGE_ENTRIES).by_page(following or None)
            names = [str(found.name) for found in next(pages, ())]
        entries = tuple(Entry(f"{name}/", f"az://{account}/{name}/") for name in names)
        return Page(entries, pages.continuation_token or "")

    def _level(self, account: str, container: str, prefix: str, following: str) -> Page:
        levels: list[str] = []
        objects: list[tuple[str, int | None]] = []
        with self._client(account, container).asking(f"listing {prefix or 'the container'}") as opened:
            found = opened.walk_blobs(name_starts_with=prefix or None, delimiter="/", results_per_page=PAGE_ENTRIES)
            pages = found.by_page(following or None)
            for item in next(pages, ()):
                if hasattr(item, "prefix"):  # the SDK's word for a level
                    levels.append(str(item.name))
                else:
                    objects.append((str(item.name), int(item.size)))
        return level(f"az://{account}/{container}/", prefix, levels, objects, pages.continuation_token or "")

    def _client(self, account: str, container: str) -> AzureClient:
        if (account, container) not in self._clients:
            self._clients[account, container] = AzureClient(self._target, account, container, *self._timeouts_ns)
        return self._clients[account, container]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
