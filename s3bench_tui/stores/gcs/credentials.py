"""Who a gs:// target is spoken to as: tokens of Google's own chain of credentials, renewed before they expire.

Tokens leave this module only in the mapping that drivers are given, and in `secrets`; no text made here holds one.
"""

from __future__ import annotations

import importlib
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC
from functools import partial
from typing import Any

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.http.gcsjson import printable

SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
INSTALL = "pip install 'google-auth[requests]'"

RENEWED_BEFORE_S = 225.0
"""So long before its end a token is renewed, as Google's library does; the metadata service gives no new one earlier."""
_PAUSE_S = 60.0
_PAUSE_AT_THE_END_S = 5.0
"""Time between two attempts to renew; the second where less than `_PAUSE_S` of the token's life is left."""
_ATTEMPT_S = 10.0
"""How long one request for a token may take."""

_SOURCES = {
    "google.oauth2.service_account": "service account",
    "google.oauth2.credentials": "user of gcloud",
    "google.auth.compute_engine.credentials": "metadata service",
}
_CLOCK = ("iat", "reasonable timeframe")
_NONE_FOUND = (
    "no Google credentials found; looked at GOOGLE_APPLICATION_CREDENTIALS, at what gcloud keeps and at the metadata "
    "service. Run gcloud auth application-default login, name a key file, or write `anonymous: true` for a public bucket"
)


class Tokens:
    """What requests show, as google-auth finds it; nothing where `anonymous`."""

    def __init__(
        self,
        anonymous: bool,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.renewal_error = ""
        """Why the last renewal failed; empty where it did not."""
        self.project = ""
        """The project that the credentials belong to; empty where they do not say."""
        self._anonymous = anonymous
        self._clock = clock
        self._monotonic = monotonic
        self._found: Any = None
        self._request: Any = None
        self._announced = ""
        self._secrets: set[str] = set()
        self._tried_s = float("-inf")
        self._fetching = threading.Lock()  # deletes are asked for in several threads

    @property
    def source(self) -> str:
        """What kind of credentials they are, such as `service account`."""
        if self._anonymous:
            return "anonymous"
        kind = type(self._found).__module__ if self._found is not None else ""
        return _SOURCES.get(kind, kind.rpartition(".")[2].replace("_", " "))

    @property
    def secrets(self) -> frozenset[str]:
        """What must appear in no text."""
        return frozenset(self._secrets)

    def mapping(self) -> Mapping[str, str]:
        """`token`, good for some time; empty where anonymous. TargetError where there is none."""
        if self._anonymous:
            return {}
        with self._fetching:
            if self._found is None:
                self._find()
            if self._left_s() <= 0:
                self._renew()
        # Later callers may get a fresher one than the earlier hold: `renewed` still has to bring that to all.
        self._announced = self._announced or self._found.token
        return {"token": self._found.token}

    def renewed(self) -> Mapping[str, str] | None:
        """Another token than the one first given or last renewed; None where that still holds.

        Never raises: a failure goes to `renewal_error`, and the next attempt is made after a pause. It takes as long
        as the source does.
        """
        if self._found is None:
            return None
        left_s = self._left_s()
        pause_s = _PAUSE_AT_THE_END_S if left_s < _PAUSE_S else _PAUSE_S
        if left_s <= RENEWED_BEFORE_S and self._monotonic() - self._tried_s >= pause_s:
            try:
                self._renew()
                self.renewal_error = ""
            except TargetError as error:
                self.renewal_error = str(error)
                return None
        if self._found.token == self._announced:
            return None
        self._announced = self._found.token
        return {"token": self._announced}

    def _left_s(self) -> float:
        """How long the token still holds; 0 where there is none, infinite where it has no end."""
        if not self._found.token:
            return 0.0
        expiry = self._found.expiry
        return expiry.replace(tzinfo=UTC).timestamp() - self._clock() if expiry is not None else float("inf")

    def _find(self) -> None:
        try:
            auth: Any = importlib.import_module("google.auth")
            transport: Any = importlib.import_module("google.auth.transport.requests")
        except ImportError:
            raise TargetError(
                f"gs:// needs the package google-auth for its credentials; install it ({INSTALL}), or write "
                "`anonymous: true` for a public bucket"
            ) from None
        self._request = partial(transport.Request(), timeout=_ATTEMPT_S)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # on quotas of other products
                self._found, project = auth.default(scopes=[SCOPE], request=self._request)
        except (auth.exceptions.GoogleAuthError, OSError, ValueError) as error:
            words = _words(error)
            text = _NONE_FOUND if words.startswith("Your default credentials were not found") else _not_given(words)
            raise TargetError(text) from None
        self.project = project or ""

    def _renew(self) -> None:
        exceptions: Any = importlib.import_module("google.auth.exceptions")
        self._tried_s = self._monotonic()
        try:
            self._found.refresh(self._request)
        except (exceptions.GoogleAuthError, OSError, ValueError) as error:
            raise TargetError(_not_given(_words(error), self.source)) from None
        except (TypeError, KeyError, AttributeError):  # the library takes an answer apart as if it were a good one
            raise TargetError(_not_given("the answer is not that of a token server", self.source)) from None
        self._secrets.add(self._found.token)


def _words(error: Exception) -> str:
    """The library's own words in one short line; a second argument, which may be a whole answer, is left out."""
    words = str(error.args[0] if error.args else "") or type(error).__name__
    return printable(words)[:300].removesuffix(": None").rstrip(". ")


def _not_given(words: str, source: str = "") -> str:
    if all(word in words for word in _CLOCK):
        hint = "set this machine's clock (NTP)"
    elif "invalid_grant" in words:
        hint = "sign in again (gcloud auth application-default login), or make a new key"
    else:
        hint = "check GOOGLE_APPLICATION_CREDENTIALS, the network and the proxy settings"
    return f"no token from Google{f' for the {source}' if source else ''}: {words}; {hint}"
