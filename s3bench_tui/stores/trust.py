"""Whose certificates control planes trust, and drivers with them: a file of authorities, looked into before it is used."""

from __future__ import annotations

import os
import ssl

from s3bench_tui.errors import TargetError


def trusted(chosen: str | None, instead: str, usual: str) -> str:
    """The file of authorities: the one that was `chosen`, the one that the environment names, or the `usual` one.

    TargetError where it holds none; `instead` says where to write another.
    """
    chosen = chosen or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if not chosen:
        return usual
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(chosen)
    except OSError as error:  # ssl.SSLError is one
        reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise TargetError(
            f"the CA file {chosen!r} cannot be used: {reason}; write {instead} with the path of a PEM file"
        ) from None
    return chosen
