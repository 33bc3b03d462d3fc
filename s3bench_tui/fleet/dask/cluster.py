"""Which Dask cluster is meant, and how it is joined: an address, the file of a scheduler, or workers of one's own here.

Sends nothing but what Dask itself says to its scheduler.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dask
from distributed import Client, LocalCluster, Security
from distributed.versions import VersionMismatchWarning

from s3bench_tui.errors import ConfigError, Problem, TargetError
from s3bench_tui.fleet.access import Access
from s3bench_tui.fleet.dask.member import dask_setup

CONNECT_S = 10.0
_LOCAL = re.compile(r"LocalCluster\((\d*)\)")
_LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application")


class _Caller(Client):
    """A client that is closed where it cannot begin, whatever the reason; Dask's own is so for some reasons alone."""

    async def _start(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._start(*args, **kwargs)
        except Exception:
            await self._close(fast=True)
            raise


def security_of(access: Access) -> Security | None:
    """Dask's TLS with these files; None where none is named, and Dask's own configuration tells. ConfigError."""
    agents_only = {
        "--insecure": access.insecure,
        "--agent-domain": access.agent_domain,
        "--token-env": access.token_env,
        "--token-file": access.token_file,
    }
    for option, value in agents_only.items():
        if value:
            hint = "A Dask cluster is known by its TLS: --agent-ca, --tls-cert and --tls-key, or Dask's configuration"
            raise ConfigError([Problem(f"{option} is for agents that listen", hint)])
    files = {"--agent-ca": access.agent_ca, "--tls-cert": access.tls_cert, "--tls-key": access.tls_key}
    if not any(files.values()):
        return None
    for option, file in files.items():
        if file is None:
            raise ConfigError([Problem(f"TLS of Dask needs {option}, too", f"Give {', '.join(files)}")])
    for option, file in files.items():
        if file is not None and not Path(file).is_file():
            raise ConfigError([Problem(f"{option} cannot be read: there is no such file", file=file)])
    return Security(
        tls_ca_file=access.agent_ca,
        tls_client_cert=access.tls_cert,
        tls_client_key=access.tls_key,
        require_encryption=True,
    )


def joined(written: str, security: Security | None) -> tuple[Client, LocalCluster | None]:
    """A client of the cluster that is written, and the cluster itself where it was made here and is to be closed.

    TargetError where nobody answers, ConfigError where it cannot be meant. Keeps Dask's own log and warnings from the
    terminal.
    """
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", category=VersionMismatchWarning)  # it may be of numpy, which nobody needs here
    local = _LOCAL.fullmatch(written)
    options: dict[str, Any] = {"timeout": CONNECT_S, "set_as_default": False}
    if security is not None:
        options["security"] = security
    try:
        if local is not None:
            cluster = LocalCluster(
                n_workers=int(local[1] or 2),
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # nothing of it is shown; the usual port may be somebody else's
                scheduler_kwargs={"dashboard": False},
                preload=[dask_setup.__module__],
            )
            return _Caller(cluster, **options), cluster
        return _Caller(_address(written, security), **options), None
    except TypeError as error:
        hint = f"it does not speak as Dask {version('distributed')} does, which is here ({error})"
        raise TargetError(
            f"the Dask scheduler at {written} cannot be asked: {hint}; install one version of distributed on all machines"
        ) from None
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise TargetError(f"the Dask scheduler at {written} cannot be reached: {_first(error)}") from None


def _address(written: str, security: Security | None) -> str:
    """Where the scheduler is. ConfigError where that cannot be known, or it wants TLS and nobody says which."""
    address = written
    if "://" not in written and Path(written).suffix == ".json":
        try:
            address = str(json.loads(Path(written).read_text())["address"])
        except (OSError, ValueError, LookupError, TypeError):
            hint = "Give the file that dask scheduler --scheduler-file writes, or the address of the scheduler"
            raise ConfigError([Problem("is no file of a Dask scheduler", hint, file=written)]) from None
    if address.startswith("tls://") and security is None and not dask.config.get("distributed.comm.tls.ca-file"):
        hint = "Give --agent-ca, --tls-cert and --tls-key, or put them into Dask's configuration"
        raise ConfigError([Problem(f"the Dask scheduler at {address} wants TLS", hint)])
    return address


def _first(error: BaseException) -> str:
    """What went wrong at the bottom of it."""
    while error.__cause__ is not None:
        error = error.__cause__
    said = " ".join(str(error).split())
    return f"nobody answered within {CONNECT_S:.0f} s" if not said or "imed out" in said else said
