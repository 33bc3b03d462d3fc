"""Who may call an agent, and how both ends know each other: a shared token, TLS, or both. Opens no connection.

An agent that asks for neither a token nor a client's certificate is open to whoever reaches it, so it listens on
loopback only.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from s3bench_tui.errors import ConfigError, Problem

_SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate (with its chain) and its private key, as PEM."""

    chain: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Protection:
    """What an agent demands of its callers, and shows them. Empty: plain text, open to all."""

    token: str = field(default="", repr=False)
    certificate: Certificate | None = None
    client_ca: bytes = b""
    """PEM of the authorities whose certificates callers must have; empty: they need none."""

    def __post_init__(self) -> None:
        if self.client_ca and self.certificate is None:
            hint = "Give --tls-cert and --tls-key, or --tls-self-signed, too"
            raise ConfigError([Problem("--tls-client-ca needs a certificate of the agent's own", hint)])

    @property
    def guarded(self) -> bool:
        """Whether a caller has to prove anything."""
        return bool(self.token or self.client_ca)

    def check_listening(self, host: str) -> None:
        """ConfigError where an agent protected so must not listen on `host`: unguarded, and beyond loopback."""
        if not self.guarded and not is_loopback(host):
            hint = "Give --token-env or --token-file, or certificates with --tls-client-ca; or listen on 127.0.0.1"
            raise ConfigError([Problem(f"{host} can be reached by others, and anybody could start load here", hint)])


@dataclass(frozen=True, slots=True)
class Trust:
    """How a controller knows its agents, and what it shows them."""

    tls: bool = False
    ca: bytes = b""
    """PEM of the authorities that sign agents' certificates; empty: those of the system."""
    domain: str = ""
    """The name that stands in agents' certificates, where it is not the one they are called by."""
    certificate: Certificate | None = None
    token: str = field(default="", repr=False)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`; a name counts by what it resolves to."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(str(address).partition("%")[0]).is_loopback for address in found)


def token_from(variable: str | None, file: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The shared token of an environment variable or a file; "" where neither is named. ConfigError where it is
    missing, too short to be a secret, or cannot be sent."""
    if variable is not None:
        option, text = "--token-env", environ.get(variable, "")
        where = f"the variable {variable}"
    elif file is not None:
        option, text = "--token-file", _read(Path(file), "--token-file").decode("utf-8", "replace")
        where = file
    else:
        return ""
    token = text.strip()
    if not token:
        raise ConfigError([Problem(f"{option}: {where} holds no token", "Put the shared secret there")])
    if len(token) < _SHORTEST_TOKEN:
        hint = "Make one with: openssl rand -hex 32"
        raise ConfigError(
            [Problem(f"{option}: a token of fewer than {_SHORTEST_TOKEN} characters is guessed too soon", hint)]
        )
    if not all("!" <= character <= "~" for character in token):
        raise ConfigError(
            [Problem(f"{option}: the token in {where} has characters other than letters, digits and signs")]
        )
    return token


def certificate_from(chain: str, key: str, options: tuple[str, str] = ("--tls-cert", "--tls-key")) -> Certificate:
    """A certificate and its key from two PEM files; ConfigError where they do not fit each other, or are out of date."""
    read = Certificate(_read(Path(chain), options[0]), _read(Path(key), options[1]))
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key, password=lambda: "")
    except (ssl.SSLError, ValueError):
        hint = f"{options[0]} takes a PEM certificate, {options[1]} its key without a password"
        raise ConfigError([Problem(f"is no certificate that fits the key in {key}", hint, file=chain)]) from None
    first = x509.load_pem_x509_certificate(read.chain)
    if first.not_valid_after_utc < datetime.now(UTC):
        ended = f"{first.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
        raise ConfigError([Problem(f"this certificate expired on {ended}", "Make a new one", file=chain)])
    return read


def authorities_from(file: str, option: str) -> bytes:
    """The PEM text of certificates to trust; ConfigError where there are none."""
    text = _read(Path(file), option)
    try:
        x509.load_pem_x509_certificates(text)
    except ValueError:
        raise ConfigError([Problem("holds no PEM certificate", f"{option} takes a PEM file", file=file)]) from None
    return text


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(f"{option} cannot be read: {error.strerror}", file=str(path))]) from None
