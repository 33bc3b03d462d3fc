"""A small authority of one's own: certificates for agents and their controllers. Knows nothing of who uses them.

The authority's key is thrown away when both are signed, so nobody can sign more; agents on several machines share one
certificate, which names all of them.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.fleet.grpc.security import Certificate

CA, AGENT_CERT, AGENT_KEY = "ca.pem", "agent_cert.pem", "agent_key.pem"
CONTROLLER_CERT, CONTROLLER_KEY = "controller_cert.pem", "controller_key.pem"
FILES = (CA, AGENT_CERT, AGENT_KEY, CONTROLLER_CERT, CONTROLLER_KEY)

_LIFE = timedelta(days=365)
_EARLY = timedelta(hours=1)
"""Valid from a little before now, for machines whose clocks are behind."""


def self_signed(directory: Path, names: Sequence[str]) -> bool:
    """See to it that `directory` holds all of FILES, the agent's certificate being for these host names and addresses.

    Files that are there are used as they are: True where they were made now. ConfigError where only some are there, or
    they cannot be written.
    """
    there = [name for name in FILES if (directory / name).exists()]
    if len(there) == len(FILES):
        return False
    if there:
        hint = "Give a new directory, or remove them"
        raise ConfigError(
            [Problem(f"holds {', '.join(there)}, but not all of {', '.join(FILES)}", hint, file=str(directory))]
        )
    made = _make(names, datetime.now(UTC))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            mode = 0o600 if name.endswith("_key.pem") else 0o644
            with open(os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(made[name])
    except OSError as error:
        raise ConfigError(
            [Problem(f"certificates cannot be written here: {error.strerror}", file=str(directory))]
        ) from None
    return True


def _make(names: Sequence[str], now: datetime) -> dict[str, bytes]:
    authority = Authority("s3bench-tui authority", now - _EARLY, now + _LIFE)
    agent = authority.server("s3bench-tui agent", names, now - _EARLY, now + _LIFE)
    controller = authority.client("s3bench-tui controller", now - _EARLY, now + _LIFE)
    return {
        CA: authority.pem,
        AGENT_CERT: agent.chain,
        AGENT_KEY: agent.key,
        CONTROLLER_CERT: controller.chain,
        CONTROLLER_KEY: controller.key,
    }


class Authority:
    """Signs certificates as long as this object lives: its key is written nowhere. `pem` is what others are to trust."""

    def __init__(self, name: str, first: datetime, last: datetime) -> None:
        self._name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.pem = _pem(
            _builder(name, name, self._key, first, last)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def server(self, name: str, names: Sequence[str], first: datetime, last: datetime) -> Certificate:
        """For one that listens under these host names and addresses, valid from `first` to `last`. ConfigError where one is
        neither."""
        alternatives = x509.SubjectAlternativeName([_general_name(each) for each in names])
        return self._signed(name, ExtendedKeyUsageOID.SERVER_AUTH, first, last, alternatives)

    def client(self, name: str, first: datetime, last: datetime) -> Certificate:
        """For one that calls."""
        return self._signed(name, ExtendedKeyUsageOID.CLIENT_AUTH, first, last)

    def _signed(
        self,
        name: str,
        usage: x509.ObjectIdentifier,
        first: datetime,
        last: datetime,
        alternatives: x509.SubjectAlternativeName | None = None,
    ) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            _builder(name, self._name, key, first, last)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(issuer, critical=False)
        )
        if alternatives is not None:
            builder = builder.add_extension(alternatives, critical=False)
        return Certificate(
            _pem(builder.sign(self._key, hashes.SHA256())),
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError:
        hint = "Write host names and addresses with commas between them, international names as xn--..."
        raise ConfigError([Problem(f"--tls-sans: {name!r} is no host name and no address", hint)]) from None


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, first: datetime, last: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
