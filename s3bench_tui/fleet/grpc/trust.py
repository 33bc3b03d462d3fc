"""From the options of a controller to what it trusts and shows. Reads the files that they name; connects to nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.fleet.access import Access
from s3bench_tui.fleet.grpc.address import parse_address
from s3bench_tui.fleet.grpc.security import Trust, authorities_from, certificate_from, is_loopback, token_from


def trust_of(access: Access) -> Trust:
    """How agents are known: by TLS, unless that is left out. ConfigError where options do not go together."""
    given = _of_tls(access)
    if access.insecure and given:
        raise ConfigError([Problem(f"--insecure leaves out TLS, and {given[0]} is for TLS", "Leave out one of them")])
    if (access.tls_cert is None) != (access.tls_key is None):
        raise ConfigError([Problem("--tls-cert and --tls-key go together", "Give both")])
    certificate = None
    if access.tls_cert is not None and access.tls_key is not None:
        certificate = certificate_from(access.tls_cert, access.tls_key)
    return Trust(
        tls=not access.insecure,
        ca=authorities_from(access.agent_ca, "--agent-ca") if access.agent_ca is not None else b"",
        domain=access.agent_domain or "",
        certificate=certificate,
        token=token_from(access.token_env, access.token_file),
    )


def trust_in(agents: Sequence[str], access: Access) -> Trust:
    """The same for these agents: those of this machine are asked without TLS where no option speaks of it."""
    local = all(is_loopback(parse_address(agent).host) for agent in agents)
    return trust_of(replace(access, insecure=True) if local and not _of_tls(access) else access)


def _of_tls(access: Access) -> list[str]:
    named = {"--agent-ca": access.agent_ca, "--agent-domain": access.agent_domain, "--tls-cert": access.tls_cert}
    return [option for option, value in named.items() if value is not None]
