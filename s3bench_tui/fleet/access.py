"""How a controller is told to reach its agents: options as they are written. Opens no file and no connection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Access:
    """Each is the option of its name; None: not given."""

    insecure: bool = False
    agent_ca: str | None = None
    agent_domain: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    token_env: str | None = None
    token_file: str | None = None
