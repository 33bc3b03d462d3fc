"""Head and foot of a fleet's records: what its members say of themselves, as one. Knows no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from s3bench_tui.engine.messages import RunEnded, RunStarted
from s3bench_tui.fleet.merge import Member
from s3bench_tui.fleet.post import Post
from s3bench_tui.host.facts import host_facts
from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stats.histogram import Histogram


def head(run_id: str, workload: Workload, transport: str, posts: Sequence[Post]) -> RunStarted:
    """Said once all have begun; gives workers numbers of their own."""
    starts = [post.member.started for post in posts if post.member.started is not None]
    next_worker = 0
    for post, start in zip(posts, starts, strict=True):
        post.member.first_worker = next_worker
        next_worker += sum(int(target.get("workers", 0)) for target in start.targets)
    assert workload.fleet is not None
    return replace(
        starts[0],
        run_id=run_id,
        started_at=min(start.started_at for start in starts),
        workload=as_dict(workload),
        targets=tuple(_target(same) for same in zip(*(start.targets for start in starts), strict=True)),
        host=host_facts(),
        fleet={
            "transport": transport,
            "keyspace": workload.fleet.keyspace,
            "on_agent_loss": workload.fleet.model_dump(mode="json")["on_agent_loss"],
            "agents": [post.head() for post in posts],
        },
    )


def _target(same: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {**same[0], "workers": sum(int(target.get("workers", 0)) for target in same)}


def foot(at_s: float, status: str, reason: str, posts: Sequence[Post]) -> RunEnded:
    """Said once none has anything more to say."""
    ends = [post.member.ended for post in posts if post.member.ended is not None]
    starts = [began_ns for post in posts if (began_ns := post.began_ns) is not None]
    first_ns = min(starts, default=None)
    censored: dict[str, Histogram] = {}
    cleaned: dict[str, int] = {}
    for end in ends:
        for name, open_ns in end.censored.items():
            censored[name] = censored.get(name, Histogram()) + open_ns
        for what, count in end.cleaned_up.items():
            cleaned[what] = cleaned.get(what, 0) + count
    return RunEnded(
        at_s=at_s,
        status=status,
        reason=reason,
        censored=censored,
        client=_client(posts),
        targets=tuple(_added(same) for same in zip(*(end.targets for end in ends), strict=True)),
        cleaned_up=cleaned,
        fleet={
            "degraded": any(post.loss or post.missing for post in posts),
            "start_spread_ns": max(starts) - min(starts) if starts else None,
            "start_error_ns": max((post.offset.error_ns for post in posts if post.clocks.pings), default=None),
            "agents": [post.foot(first_ns) for post in posts],
        },
    )


def outcome(members: Sequence[Member]) -> tuple[str, str]:
    """Status and reason that follow from those of the members: the first that did not go well, where there is one."""
    ends = [(member, member.ended) for member in members if member.ended is not None]
    bad = [(member, end) for member, end in ends if end.status != "ok"]
    if not bad:
        return "ok", ""
    member, end = bad[0]
    alike = len(bad) == len(ends) and len({other.reason for _, other in bad}) == 1
    return end.status, end.reason if alike or not end.reason else f"{member.name}: {end.reason}"


def _added(same: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for counters in same:
        for name, value in counters.items():
            total[name] = total.get(name, 0) + value
    return total


def _client(posts: Sequence[Post]) -> dict[str, Any]:
    """The cost of all, and a verdict: that on which all agree, or that of the machines that were the limit themselves."""
    told = [(post, post.member.ended.client) for post in posts if post.member.ended is not None]
    costs = [client["cpu_s"] for _, client in told if client.get("cpu_s") is not None]
    verdicts = [(post, verdict) for post, client in told if (verdict := client.get("verdict"))]
    out: dict[str, Any] = {"cpu_s": round(sum(costs), 4)} if costs else {}
    limits = {verdict["limit"] for _, verdict in verdicts}
    own = [(post, verdict) for post, verdict in verdicts if verdict["limit"] == "client"]
    chosen = own or (verdicts if len(limits) == 1 else [])
    if chosen:
        post, verdict = chosen[0]
        said = f"{len(chosen)} of {len(verdicts)} agents; {post.address}: {verdict['text']}"
        out["verdict"] = {
            "limit": verdict["limit"],
            "text": said,
            "unsustained": any(verdict.get("unsustained") for _, verdict in verdicts),
            "client_limited": any(verdict.get("client_limited") for _, verdict in verdicts),
        }
    elif verdicts:
        said = ", ".join(f"{post.address} {verdict['limit']}" for post, verdict in verdicts)
        out["verdict"] = {"limit": "unclear", "text": f"UNCLEAR: the agents do not agree: {said}"}
    return out
