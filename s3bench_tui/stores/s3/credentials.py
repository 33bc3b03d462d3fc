"""Who an s3:// target is spoken to as: the vendor's own chain of credentials, and their renewal.

Keys and tokens leave this module only in the mapping that drivers are given; no text made here holds one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from s3bench_tui.errors import TargetError

_PAUSE_S = 60.0
_PAUSE_AT_THE_END_S = 5.0
"""Time between two looks at the source; the second where less than `_PAUSE_S` of the credentials' life is left."""

_SIGN_IN_AGAIN = ("SSO", "Token", "Login")


def open_session(profile: str | None) -> Any:
    """A botocore session on the environment and the AWS configuration files; TargetError where these are wrong."""
    import botocore.session
    from botocore.exceptions import BotoCoreError

    session = botocore.session.Session(profile=profile)
    if region := os.environ.get("AWS_REGION"):  # what all other SDKs read; this one knows AWS_DEFAULT_REGION alone
        session.set_config_variable("region", region)
    try:
        session.get_scoped_config()
    except BotoCoreError as error:
        name = profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
        if type(error).__name__ == "ProfileNotFound":
            known = ", ".join(session.available_profiles) or "none"
            raise TargetError(f"there is no AWS profile {name!r}; the configuration has: {known}") from None
        raise TargetError(f"the AWS configuration cannot be read: {_line(error)}") from None
    return session


class Credentials:
    """What requests are signed with, as the botocore `session` finds it; nothing where `anonymous`."""

    def __init__(self, session: Any, anonymous: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.session = session
        self.renewal_error = ""
        """Why the last renewal failed; empty where it did not."""
        self._clock = clock
        self._anonymous = anonymous
        self._source: Any = None
        self._announced: Mapping[str, str] = {}
        self._secrets: set[str] = set()
        self._looked_s = float("-inf")

    @property
    def source(self) -> str:
        """The SDK's name for where they were found, such as `env` or `shared-credentials-file`."""
        return "anonymous" if self._anonymous else str(getattr(self._source, "method", "") or "")

    @property
    def secrets(self) -> frozenset[str]:
        """What must appear in no text."""
        return frozenset(self._secrets)

    def mapping(self) -> Mapping[str, str]:
        """`access_key`, `secret_key` and perhaps `token`; empty where anonymous. TargetError where there are none."""
        if self._anonymous:
            return {}
        try:
            self._source = self._source or self.session.get_credentials()
            given = self._frozen() if self._source is not None else {}
        except _failures() as error:
            raise TargetError(self._not_given(error)) from None
        if not given:
            raise TargetError(_none_found(self.session))
        # Later callers may get fresher ones than the earlier hold: `renewed` still has to bring those to all.
        self._announced = self._announced or given
        return given

    def renewed(self) -> Mapping[str, str] | None:
        """Other credentials than those first given or last renewed; None where those still hold.

        Never raises: a failure goes to `renewal_error`, and the next look is tried after a pause. It takes as long
        as the source does.
        """
        from botocore.credentials import RefreshableCredentials

        if not isinstance(self._source, RefreshableCredentials):
            return None
        pause_s = _PAUSE_AT_THE_END_S if self._source.refresh_needed(_PAUSE_S) else _PAUSE_S
        if self._clock() - self._looked_s < pause_s:
            return None
        self._looked_s = self._clock()
        try:
            fresh = self._frozen()
        except _failures() as error:
            self.renewal_error = self._not_given(error)
            return None
        self.renewal_error = ""
        if fresh == self._announced:
            return None
        self._announced = fresh
        return fresh

    def _frozen(self) -> dict[str, str]:
        frozen = self._source.get_frozen_credentials()
        given = {"access_key": frozen.access_key, "secret_key": frozen.secret_key}
        self._secrets |= {secret for secret in (frozen.secret_key, frozen.token) if secret}
        return {**given, "token": frozen.token} if frozen.token else given

    def _not_given(self, error: Exception) -> str:
        hint = (
            "sign in again (aws sso login, or as you did)" if _is_sign_in(error) else "check the profile and its source"
        )
        source = f" from {self.source}" if self.source else ""
        return f"no credentials{source}: {_line(error)}; {hint}"


def _failures() -> tuple[type[Exception], ...]:
    """What the SDK lets out when a source fails; the last ones come from a source's malformed answer."""
    from botocore.exceptions import BotoCoreError, ClientError

    return (BotoCoreError, ClientError, OSError, RuntimeError, ValueError, KeyError)


def _is_sign_in(error: Exception) -> bool:
    return any(word in type(error).__name__ for word in _SIGN_IN_AGAIN)


def _line(error: Exception) -> str:
    """The error's own words in one short line, for a terminal."""
    words = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())
    return (words or type(error).__name__)[:300].rstrip(". ")


def _none_found(session: Any) -> str:
    profile = session.get_config_variable("profile") or "default"
    files = " and ".join(str(session.get_config_variable(name)) for name in ("credentials_file", "config_file"))
    looked = [f"profile {profile!r} in {files}"]
    if session.instance_variables().get("profile") is None:
        looked.insert(0, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() != "true":
        looked.append("the metadata services of containers and instances")
    return (
        f"no credentials found; looked at {', '.join(looked)}. Set one of these, `profile:`, or `anonymous: true` "
        "for a public bucket"
    )
