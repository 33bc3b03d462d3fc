"""What the loss of an agent means: before the load, and by the policy of the workload. Notices none."""

from __future__ import annotations

from s3bench_tui.errors import ConfigError, EngineError, ExitCode, Problem, S3BenchError, TargetError
from s3bench_tui.spec.model.fleet import Fleet, LossLimit


def least(fleet: Fleet, agents: int) -> int:
    """So many of the agents have to be left for a run to go on under load."""
    policy = fleet.on_agent_loss
    return policy.min if isinstance(policy, LossLimit) else 1 if policy == "continue" else agents


def refusal(text: str, exit_code: int) -> S3BenchError:
    """Why a run cannot begin, of the kind that goes with an agent's exit code."""
    if exit_code == ExitCode.USAGE:
        return ConfigError([Problem(text)])
    return TargetError(text) if exit_code == ExitCode.TARGET else EngineError(text)
