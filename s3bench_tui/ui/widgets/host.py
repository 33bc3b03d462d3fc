"""The machine that makes the load: CPU by core, workers, network, disk, memory, and what this program itself costs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from s3bench_tui.engine.messages import Interval, WorkerSample
from s3bench_tui.host.sample import HostSample
from s3bench_tui.ui.charts.glyphs import Glyphs
from s3bench_tui.ui.figures import percent, plain
from s3bench_tui.ui.limit import line_rates
from s3bench_tui.ui.state import RunState
from s3bench_tui.ui.widgets.panel import Line, Panel, line
from s3bench_tui.units import format_size

BUSY_S = 5
_SPARK = 14
_MOST_CORES = 32
_FULL = 0.9


def busy_workers(recent: Sequence[Interval]) -> tuple[float, float, float, int] | None:
    """Cores that all workers kept busy, mean and highest busy share of one, and how many; None where not known."""
    seen = list(recent)[-BUSY_S - 1 :]
    if len(seen) < 2 or seen[-1].end_s <= seen[0].end_s:
        return None
    seconds = seen[-1].end_s - seen[0].end_s
    before: dict[int, WorkerSample] = {worker.pid: worker for worker in seen[0].workers}
    shares = [
        max(0.0, worker.cpu_s - before[worker.pid].cpu_s) / seconds
        for worker in seen[-1].workers
        if worker.alive and worker.pid in before
    ]
    return (sum(shares), sum(shares) / len(shares), max(shares), len(shares)) if shares else None


class Host(Panel):
    """Six lines where there is room, one where there is not."""

    HELP = (
        "The machine that makes the load. cores: a column for each, how busy it is. workers: share of its core that a "
        "worker used; one near 100% is the limit itself. program: cores that all its processes used, and what of that was "
        "the engine; screen: what this display costs. If the store runs on this machine too, it is in cpu."
    )

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:
        super().__init__("Host", id=id)
        self._glyphs = glyphs

    def show(self, state: RunState, screen_share: float | None) -> None:
        """Draw; `screen_share` is what the terminal program used of a core."""
        sample = state.snapshot.host if state.snapshot is not None else None
        if sample is None or not sample.interval_s:
            self.put([line(("no figures of the machine yet", "muted"))])
            return
        if self.size.height < 4:
            self.put([self._short(state, sample, screen_share)])
            return
        host = "" if state.started is None else str(state.started.host.get("hostname", ""))
        self.entitle(f"Host  {host}" if host else "Host")
        self.put(self._long(state, sample, screen_share))

    def _long(self, state: RunState, sample: HostSample, screen_share: float | None) -> list[Line]:
        lines = []
        cpu, cores = sample.cpu, sample.cores_busy
        if cpu is not None:
            busy = 1 - cpu.free
            parts = [
                ("usr", cpu.user),
                ("sys", cpu.system),
                ("irq", (cpu.irq or 0) + (cpu.softirq or 0)),
                ("steal", cpu.steal),
            ]
            shown = " ".join(f"{name} {value:.0%}" for name, value in parts if value and value >= 0.005)
            lines.append(line(("cpu     ", "muted"), _share(busy), " ", (self._spark(state), "series-1"), f"  {shown}"))
        lines.append(
            line(
                ("cores   ", "muted"),
                (self._columns(cores), "series-1"),
                f"  {len(cores)}, busiest {max(cores, default=0):.0%}",
            )
        )
        lines.append(line(("workers ", "muted"), *_workers(state)))
        lines.append(line(("net     ", "muted"), *_network(state, sample)))
        lines.append(line(("disk    ", "muted"), *_disk(sample), *_memory(sample)))
        lines.append(line(("program ", "muted"), *_own(state, sample, screen_share)))
        return lines

    def _short(self, state: RunState, sample: HostSample, screen_share: float | None) -> Line:
        pieces: list[str | tuple[str, str]] = [(" cpu ", "muted")]
        pieces.append(_share(1 - sample.cpu.free if sample.cpu else None))
        pieces += [" ", (self._columns(sample.cores_busy)[:16], "series-1")]
        workers = busy_workers(state.recent)
        if workers is not None:
            pieces += [("  workers ", "muted"), _share(workers[1])]
        pieces += [("  net ", "muted"), *_network(state, sample)]
        if screen_share is not None:
            pieces += [("  screen ", "muted"), percent(screen_share)]
        return line(*pieces)

    def _spark(self, state: RunState) -> str:
        shares = [column.cpu_busy for column in list(state.history.columns(0))[-2 * _SPARK :]]
        known = [share for share in shares if not isnan(share)][-_SPARK:]
        return "".join(self._step(share) for share in known).rjust(_SPARK)

    def _columns(self, cores: Sequence[float]) -> str:
        """One glyph a core; of very many the busiest of each group, so that a single full one still shows."""
        group = -(-len(cores) // _MOST_CORES) or 1
        return "".join(self._step(max(cores[start : start + group])) for start in range(0, len(cores), group))

    def _step(self, share: float) -> str:
        fill = self._glyphs.fill
        return fill[max(1, min(len(fill) - 1, round(share * (len(fill) - 1))))]


def _share(share: float | None) -> tuple[str, str]:
    return f"{percent(share):<4}", "bad" if share is not None and share >= _FULL else "strong"


def _workers(state: RunState) -> list[str | tuple[str, str]]:
    found = busy_workers(state.recent)
    if found is None:
        return [("not known yet", "muted")]
    _, mean, highest, count = found
    noun = "process" if count == 1 else "processes"
    return [_share(mean), f" of a core each, busiest {highest:.0%}, {count} {noun}"]


def _network(state: RunState, sample: HostSample) -> list[str | tuple[str, str]]:
    links = {name: rate for name, rate in sample.interfaces.items() if not name.startswith("lo")} or sample.interfaces
    if not links:
        return [("no traffic", "muted")]
    name = max(links, key=lambda each: links[each].rx_bytes_per_s + links[each].tx_bytes_per_s)
    rate, speeds = links[name], line_rates({} if state.started is None else state.started.host)
    pieces: list[str | tuple[str, str]] = [
        f"rx {format_size(rate.rx_bytes_per_s)}/s  tx {format_size(rate.tx_bytes_per_s)}/s"
    ]
    if speed := speeds.get(name):
        used = max(rate.rx_bytes_per_s, rate.tx_bytes_per_s) * 8 / speed
        pieces += ["  ", _share(used), (f" of {name} {plain(speed / 1e9)}G", "muted")]
    else:
        pieces.append((f"  {name}", "muted"))
    return pieces


def _disk(sample: HostSample) -> list[str | tuple[str, str]]:
    if not sample.disks:
        return [("no disk moved a byte", "muted")]
    name = max(sample.disks, key=lambda each: sample.disks[each].utilisation or 0.0)
    rate = sample.disks[name]
    moved = f" r {format_size(rate.read_bytes_per_s)}/s w {format_size(rate.write_bytes_per_s)}/s"
    return [_share(rate.utilisation), moved, (f" {name}", "muted")]


def _memory(sample: HostSample) -> list[str | tuple[str, str]]:
    if sample.memory is None or not sample.memory.total_bytes:
        return []
    return [("  mem ", "muted"), _share(sample.memory.used_bytes / sample.memory.total_bytes)]


def _own(state: RunState, sample: HostSample, screen_share: float | None) -> list[str | tuple[str, str]]:
    own, workers = sample.own, busy_workers(state.recent)
    pieces: list[str | tuple[str, str]] = []
    if own.cpu_cores is not None:
        pieces.append(f"{own.cpu_cores:.2f} cores")
        if workers is not None:
            pieces += [("  engine ", "muted"), percent(max(0.0, own.cpu_cores - workers[0]))]
    if screen_share is not None:
        pieces += [("  screen ", "muted"), percent(screen_share)]
    pieces.append((f"  {format_size(own.rss_bytes)}", "muted"))
    return pieces
