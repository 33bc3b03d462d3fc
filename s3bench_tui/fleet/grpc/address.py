"""Where an agent is: host and port, as they are written. Asks no network."""

from __future__ import annotations

from dataclasses import dataclass

from s3bench_tui.errors import ConfigError, Problem

PORT = 7761
"""Of agents, where none is written."""


@dataclass(frozen=True, slots=True)
class Address:
    """Printed as it is written: `host:port`, with brackets around an IPv6 address."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str, lowest_port: int = 1) -> Address:
    """The address that is written `host`, `host:port`, `[::1]:port`; ConfigError where it is none."""
    written = text.strip()
    host, port = _parts(written)
    if not host or any(character.isspace() or character in "/@,[]" for character in host):
        raise _wrong(text)
    if not (port.isascii() and port.isdigit() and lowest_port <= int(port) <= 65535):
        raise _wrong(text)
    return Address(host, int(port))


def parse_addresses(text: str, option: str = "--agents") -> tuple[Address, ...]:
    """Those of a list with commas; ConfigError where it is empty or names one twice."""
    found = [parse_address(part) for part in text.split(",") if part.strip()]
    if not found:
        raise ConfigError([Problem(f"{option} names no agent", "Write host:port, with commas between several")])
    for address in found:
        if found.count(address) > 1:
            raise ConfigError([Problem(f"{option} names {address} twice", "Name each agent once")])
    return tuple(found)


def _parts(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        return (host if closed else ""), (rest[1:] if rest.startswith(":") else "" if rest else str(PORT))
    if text.count(":") > 1:  # a bare IPv6 address
        return text, str(PORT)
    host, colon, port = text.partition(":")
    return host, port if colon else str(PORT)


def _wrong(text: str) -> ConfigError:
    return ConfigError(
        [Problem(f"{text.strip()!r} is not the address of an agent", "Write host:port, such as 10.0.0.7:7761")]
    )
