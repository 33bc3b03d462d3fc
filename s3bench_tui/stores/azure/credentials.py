"""Who an az:// target is spoken to as: the variables of Azure's own tools, or a sign-in; and their renewal.

An account key stays here: what leaves is a signature for one container that ends within the hour, a signature that was
given, or a bearer token. No text made here holds any of them.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.azure.endpoint import PUBLIC_SUFFIX, public
from s3bench_tui.stores.http.sas import container_sas, expiry_of, given, secrets_of

LIFE_S = 3600
"""Of a signature made here."""

RENEW_BEFORE_S = 1800
"""So long before their end signatures are made anew; the server's clock may be ahead."""

TOKEN_BEFORE_S = 300
"""So long before its end another token is asked for; its source has none any earlier."""

_PAUSE_S = 60.0
"""Time between two questions for a token."""

_SCOPE = "https://storage.azure.com/.default"
_CONNECTION, _KEY, _ACCOUNT, _SAS = (
    f"AZURE_STORAGE_{name}" for name in ("CONNECTION_STRING", "KEY", "ACCOUNT", "SAS_TOKEN")
)
_EMULATOR = {
    "AccountName": "devstoreaccount1",
    "AccountKey": "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "BlobEndpoint": "http://127.0.0.1:10000/devstoreaccount1",
}
"""What `UseDevelopmentStorage=true` stands for; published by the vendor."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the environment holds for one account; empty where it has none."""

    source: str = ""
    """The variable."""
    key: str = field(default="", repr=False)
    sas: str = field(default="", repr=False)
    endpoint: str = ""
    """The connection string's own."""
    elsewhere: str = ""
    """Where there is nothing for this account: which account there is something for."""


def look(account: str, environ: Mapping[str, str]) -> Found:
    """What is set for this account; TargetError where a variable cannot be read. Never repeats its text."""
    elsewhere = ""
    if text := environ.get(_CONNECTION, "").strip():
        parts = _parts(text)
        named = parts.get("AccountName", "") or _host_account(parts.get("BlobEndpoint", ""))
        if named in ("", account):
            endpoint = parts.get("BlobEndpoint") or public(
                account, parts.get("EndpointSuffix", PUBLIC_SUFFIX), parts.get("DefaultEndpointsProtocol", "https")
            )
            sas = _signature(parts.get("SharedAccessSignature", ""), _CONNECTION)
            key = parts.get("AccountKey", "")
            return Found(_CONNECTION, "" if sas else key, sas, endpoint)
        elsewhere = f"{_CONNECTION} is for the account {named}"
    named = environ.get(_ACCOUNT, "").strip() or account
    if named == account:
        if key := environ.get(_KEY, "").strip():
            return Found(_KEY, key=key)
        if sas := _signature(environ.get(_SAS, ""), _SAS):
            return Found(_SAS, sas=sas)
    elif environ.get(_KEY) or environ.get(_SAS):
        elsewhere = f"{_ACCOUNT} names the account {named}"
    return Found(elsewhere=elsewhere)


def accounts(environ: Mapping[str, str]) -> list[str]:
    """The accounts that the environment names; TargetError where a variable cannot be read."""
    parts = _parts(text) if (text := environ.get(_CONNECTION, "").strip()) else {}
    named = parts.get("AccountName", "") or _host_account(parts.get("BlobEndpoint", ""))
    return list(dict.fromkeys(name for name in (environ.get(_ACCOUNT, "").strip(), named) if name))


class Credentials:
    """What requests to one container show; nothing where `anonymous`."""

    def __init__(
        self,
        account: str,
        container: str,
        anonymous: bool,
        clock: Callable[[], float] = time.time,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.renewal_error = ""
        """Why the last renewal failed; empty where it did not."""
        self._account = account
        self._container = container
        self._anonymous = anonymous
        self._clock = clock
        self._found = Found() if anonymous else look(account, environ)
        self._chain: Any = None
        self._given: dict[str, str] = {}
        self._until_s: float | None = None
        self._asked_s = float("-inf")
        self._secrets = set(secrets_of(self._found.sas)) if self._found.sas else {self._found.key}

    @property
    def source(self) -> str:
        """Where they were found: a variable, `azure-identity`, or `anonymous`."""
        return "anonymous" if self._anonymous else self._found.source or "azure-identity"

    @property
    def kind(self) -> str:
        """`account key`, `shared access signature`, `bearer token` or `anonymous`."""
        if self._anonymous:
            return "anonymous"
        return "account key" if self._found.key else "shared access signature" if self._found.sas else "bearer token"

    @property
    def account_key(self) -> str:
        """Empty where there is none."""
        return self._found.key

    @property
    def endpoint(self) -> str:
        """Of the connection string; empty where there is none."""
        return self._found.endpoint

    @property
    def expires_s(self) -> float | None:
        """When what was given last ends, in seconds of the epoch; None where that is never, or not known."""
        return self._until_s

    @property
    def secrets(self) -> frozenset[str]:
        """What must appear in no text."""
        return frozenset(self._secrets - {""})

    def mapping(self) -> Mapping[str, str]:
        """`sas` or `bearer`; empty where anonymous. TargetError where there are none."""
        if not self._given and not self._anonymous:
            self._take(self._fresh())
        return self._given

    def renewed(self) -> Mapping[str, str] | None:
        """Others than those given last, where these are about to end; None where they still hold.

        Never raises: a failure goes to `renewal_error`. It takes as long as the source does.
        """
        now = self._clock()
        left_s = float("inf") if self._until_s is None else self._until_s - now
        before_s = RENEW_BEFORE_S if self._found.key else TOKEN_BEFORE_S
        if left_s > before_s or now - self._asked_s < _PAUSE_S:
            return None
        self._asked_s = now
        if self._found.sas:
            self.renewal_error = f"the shared access signature of {self._found.source} {self.ending()}; it cannot be renewed while the load runs"
            return None
        try:
            fresh = self._fresh()
        except TargetError as error:
            self.renewal_error = str(error)
            return None
        self.renewal_error = ""
        same = fresh[0] == self._given
        self._take(fresh)
        return None if same else self._given

    def ending(self) -> str:
        """When what was given last ends, as words: `expired at ...`, `expires at ...`; empty where that is not known."""
        if self._until_s is None:
            return ""
        moment = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self._until_s))
        return f"{'expired' if self._until_s <= self._clock() else 'expires'} at {moment}"

    def _take(self, fresh: tuple[dict[str, str], float | None]) -> None:
        self._given, self._until_s = fresh
        for name, text in self._given.items():
            self._secrets |= secrets_of(text) if name == "sas" else {text}

    def _fresh(self) -> tuple[dict[str, str], float | None]:
        """What requests show, and until when."""
        if self._found.key:
            until_s = int(self._clock()) + LIFE_S
            try:
                return {"sas": container_sas(self._account, self._found.key, self._container, until_s)}, until_s
            except ValueError as error:
                raise TargetError(
                    f"{self._found.source} holds no account key: {error}; copy one of the account's two keys"
                ) from None
        if self._found.sas:
            return {"sas": self._found.sas}, expiry_of(self._found.sas)
        token = self._token()
        return {"bearer": token.token}, float(token.expires_on)

    def _token(self) -> Any:
        try:
            from azure.identity import DefaultAzureCredential
        except ImportError:
            raise TargetError(
                f"{self._none_found()}; for a sign-in (az login, a managed identity, a service principal) install "
                "the package azure-identity (pip install azure-identity)"
            ) from None
        from azure.core.exceptions import AzureError

        try:
            hush()
            self._chain = self._chain or DefaultAzureCredential()
            return self._chain.get_token(_SCOPE)
        except (AzureError, OSError, ValueError) as error:
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            words = "".join(c if c.isprintable() else " " for c in first)[:200].rstrip(". ")
            raise TargetError(f"{self._none_found()}; and no sign-in works: {words}; sign in (az login)") from None

    def _none_found(self) -> str:
        other = f" ({self._found.elsewhere})" if self._found.elsewhere else ""
        return (
            f"no credentials for the account {self._account}: looked at {_CONNECTION}, {_KEY} and {_SAS}{other}; "
            "set one of these, or `anonymous: true` for a public container"
        )


def hush() -> None:
    """Keep the SDK's own warnings off the terminal: what they are about becomes an error's one sentence."""
    logger = logging.getLogger("azure")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _parts(text: str) -> dict[str, str]:
    """The fields of a connection string by their usual spelling."""
    known = {name.lower(): name for name in ("AccountName", "AccountKey", "BlobEndpoint", "EndpointSuffix", "DefaultEndpointsProtocol", "SharedAccessSignature", "UseDevelopmentStorage")}  # fmt: skip
    parts = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals:
            raise TargetError(
                f"{_CONNECTION} cannot be read: it is not made of Name=value; copy it from the account's access keys"
            )
        parts[known.get(name.strip().lower(), name)] = value.strip()
    if parts.get("UseDevelopmentStorage", "").lower() == "true":
        return _EMULATOR | {name: value for name, value in parts.items() if name != "UseDevelopmentStorage"}
    if not parts.get("AccountKey") and not parts.get("SharedAccessSignature"):
        raise TargetError(f"{_CONNECTION} holds neither an AccountKey nor a SharedAccessSignature; copy it anew")
    return parts


def _host_account(endpoint: str) -> str:
    """The account that a public end point names in its host; empty where it is another kind of end point."""
    host = endpoint.partition("://")[2].partition("/")[0]
    account, dot, rest = host.partition(".")
    return account if dot and rest.startswith("blob.") else ""


def _signature(text: str, source: str) -> str:
    try:
        return given(text) if text.strip() else ""
    except ValueError as error:
        raise TargetError(f"{source} cannot be used: {error}; copy it anew") from None
