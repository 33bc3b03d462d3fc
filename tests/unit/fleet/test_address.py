"""How an agent's address is written."""

from __future__ import annotations

import pytest

from s3bench_tui.errors import ConfigError
from s3bench_tui.fleet.grpc.address import Address, parse_address, parse_addresses


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("h1", "h1", 7761),
        ("h1:80", "h1", 80),
        ("10.0.0.7:7167", "10.0.0.7", 7167),
        ("[::1]:9", "::1", 9),
        ("[::1]", "::1", 7761),
        ("::1", "::1", 7761),
        (" h1:5 ", "h1", 5),
    ],
)
def test_addresses(text: str, host: str, port: int) -> None:
    found = parse_address(text)
    assert (found.host, found.port) == (host, port)
    assert parse_address(str(found)) == found


@pytest.mark.parametrize(
    "text", ["", ":80", "h1:", "h1:x", "h1:0", "h1:65536", "[::1", "[::1]80", "http://h1:80", "a b:1"]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ConfigError, match="not the address of an agent"):
        parse_address(text)


def test_port_0_is_for_listening() -> None:
    assert parse_address("127.0.0.1:0", lowest_port=0) == Address("127.0.0.1", 0)


def test_several() -> None:
    assert [str(address) for address in parse_addresses("a:1, b:2,")] == ["a:1", "b:2"]
    with pytest.raises(ConfigError, match="names no agent"):
        parse_addresses(" , ")
    with pytest.raises(ConfigError, match="twice"):
        parse_addresses("a,a:7761")
