"""Certificates for tests: an authority of its own, and what it signs: a good one, one for another name, one out of date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from s3bench_tui.fleet.grpc.certificates import Authority


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two PEM files."""

    cert_file: Path
    key_file: Path


@dataclass(frozen=True, slots=True)
class Certificates:
    """`good` is valid for localhost and 127.0.0.1 to whoever trusts `ca_file`."""

    ca_file: Path
    good: Certificate
    wrong_name: Certificate
    expired: Certificate


def make_certificates(directory: Path) -> Certificates:
    """Make all of them anew in this directory."""
    now, day = datetime.now(UTC), timedelta(days=1)
    authority = Authority("Test authority", now - 400 * day, now + 2 * day)
    ca_file = directory / "ca.pem"
    ca_file.write_bytes(authority.pem)

    def issue(label: str, names: Sequence[str], first: datetime, last: datetime) -> Certificate:
        signed = authority.server(label, names, first, last)
        made = Certificate(directory / f"{label}.pem", directory / f"{label}.key")
        made.cert_file.write_bytes(signed.chain)
        made.key_file.write_bytes(signed.key)
        return made

    here = ["localhost", "127.0.0.1"]
    return Certificates(
        ca_file=ca_file,
        good=issue("good", here, now - day, now + day),
        wrong_name=issue("wrong-name", ["elsewhere.invalid"], now - day, now + day),
        expired=issue("expired", here, now - 10 * day, now - day),
    )
