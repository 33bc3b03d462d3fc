"""How an az:// target is asked: the vendor's SDK, one client for each end point, and its failures in words.

The SDK is loaded with the first question. It shows what drivers show, so that what holds here holds there. Knows no
probe, listing or clean-up: what is asked is the caller's business.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from s3bench_tui import __version__
from s3bench_tui.errors import TargetError
from s3bench_tui.stores.azure import failure as failure
from s3bench_tui.stores.azure.credentials import Credentials, hush
from s3bench_tui.stores.azure.endpoint import endpoint_of, public
from s3bench_tui.stores.endpoint import Endpoint
from s3bench_tui.stores.http.sas import VERSION
from s3bench_tui.stores.place import Place
from s3bench_tui.stores.trust import trusted
from s3bench_tui.units import NS_PER_S

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target

_PATIENT_RETRIES = 4


class AzureClient:
    """Asks the end points of one target about one container, or about the account where `container` is empty.

    Looks for nothing and sends nothing before it is asked."""

    def __init__(
        self,
        target: Target,
        account: str,
        container: str,
        connect_timeout_ns: int,
        operation_timeout_ns: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._target = target
        self._account = account
        self._container = container
        self._connect_timeout_ns = connect_timeout_ns
        self._operation_timeout_ns = operation_timeout_ns
        self._clock = clock
        self._clients: dict[tuple[int, bool, bool], Any] = {}
        self._opening = threading.Lock()
        self._written = tuple(endpoint_of(url, account) for url in target.endpoints)

    @cached_property
    def credentials(self) -> Credentials:
        return Credentials(self._account, self._container, self._target.anonymous, self._clock)

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where the target's end points are; at least one. TargetError where a token would go over plain http."""
        found = self._written or (endpoint_of(self.credentials.endpoint or public(self._account), self._account),)
        plain = next((endpoint for endpoint in found if endpoint.scheme == "http"), None)
        if plain is not None and self.credentials.kind == "bearer token":
            self.credentials.mapping()  # where there is none, that is the thing to say
            raise TargetError(
                f"the end point {plain.url} is plain http, over which no bearer token may go; write https://, or set "
                "AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN"
            )
        return found

    @cached_property
    def ca_file(self) -> str:
        """The CAs that are trusted: the target's, the environment's, or those that come with the SDK."""
        import certifi

        return trusted(self._target.tls.ca_file, "`tls: {ca_file: ...}`", certifi.where())

    @contextmanager
    def asking(self, doing: str, index: int = 0, patient: bool = False, as_owner: bool = False) -> Iterator[Any]:
        """The SDK's client of the container (or account) at end point `index`, which tries several times where `patient`.

        What it raises becomes a TargetError that says what failed while `doing`, and whose cause is the SDK's
        exception. `as_owner`: with the account key itself, where there is one.
        """
        client = self._client(index, patient, as_owner and bool(self.credentials.account_key))
        from azure.core.exceptions import AzureError

        try:
            yield client
        except (AzureError, OSError, ValueError) as error:
            raise failure.explain(error, doing, self.place(index), self._clock()) from error

    def place(self, index: int = 0) -> Place:
        """End point `index`, for sentences about it."""
        credentials = self.credentials
        return Place(
            target=f"az://{self._account}/{self._container}",
            url=self.endpoints[index].url,
            kind=credentials.kind,
            source=credentials.source,
            ending=credentials.ending(),
            connect_timeout_ns=self._connect_timeout_ns,
            operation_timeout_ns=self._operation_timeout_ns,
            secrets=credentials.secrets,
        )

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _client(self, index: int, patient: bool, as_owner: bool) -> Any:
        with self._opening:
            kind = (index, patient, as_owner)
            if kind not in self._clients:
                self._clients[kind] = self._opened(*kind)
            return self._clients[kind]

    def _opened(self, index: int, patient: bool, as_owner: bool) -> Any:
        import urllib3
        from azure.core.credentials import AzureNamedKeyCredential
        from azure.storage.blob import BlobServiceClient, ContainerClient, ExponentialRetry

        hush()
        secure = self.endpoints[index].scheme == "https"
        if self._target.tls.insecure:
            urllib3.disable_warnings()  # asked for, and said in the probe's line and in the report
        key = self.credentials.account_key
        url = self.endpoints[index].url
        opened = partial(ContainerClient, url, self._container) if self._container else partial(BlobServiceClient, url)
        return opened(
            credential=AzureNamedKeyCredential(self._account, key) if as_owner else self._shown(),
            api_version=VERSION,
            retry_policy=ExponentialRetry(
                initial_backoff=1, increment_base=2, retry_total=_PATIENT_RETRIES if patient else 0
            ),
            connection_timeout=self._connect_timeout_ns / NS_PER_S,
            read_timeout=self._operation_timeout_ns / NS_PER_S,
            connection_verify=self.ca_file if secure and not self._target.tls.insecure else False,
            use_env_settings=False,  # drivers use no proxies: what is shown here must be what is measured there
            user_agent=f"s3bench-tui/{__version__}",
        )

    def _shown(self) -> Any:
        """What drivers show, as the SDK takes it, and always the latest."""
        from azure.core.credentials import AccessToken, AzureSasCredential

        credentials = self.credentials
        given = credentials.mapping()  # says what was looked at where there is none; the SDK would not

        class Signature(AzureSasCredential):
            @property
            def signature(self) -> str:
                return credentials.mapping()["sas"]

        class Token:
            def get_token(self, *scopes: str, **_: Any) -> AccessToken:
                return AccessToken(credentials.mapping()["bearer"], int(credentials.expires_s or 0))

        return Signature(given["sas"]) if "sas" in given else Token() if given else None
