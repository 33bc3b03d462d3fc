"""Files whose mix, load, schedule and thresholds cannot be: every message, in full."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BROKEN = {
    "nothing to get": (
        "target: null://x/\nworkload:\n  - {op: get}\n  - {op: stat}\n",
        [
            "w.yaml:3: workload.0: get has no path, and there is no data set. Add dataset: {count: 1000, size: 1MiB}, or a path:",
            "w.yaml:4: workload.1: stat has no path, and there is no data set. Add dataset: {count: 1000, size: 1MiB}, or a path:",
        ],
    ),
    "put without size": (
        "target: null://x/\nworkload:\n  - {op: put, path: out/}\n",
        ["w.yaml:3: workload.0: put has no size, and there is no data set to take it from. Add size: 1MiB"],
    ),
    "put over the data set with sizes": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload:\n  - {op: put, size: 4KiB}\n",
        [
            "w.yaml:4: workload.0.size: a put without path rewrites the data set, whose sizes are set there. Add a path: such as out/, or remove size to rewrite the objects as they are"
        ],
    ),
    "put over foreign objects": (
        "target: null://x/\ndataset: {count: 5, create: never}\nworkload:\n  - {op: put}\n",
        [
            "w.yaml:4: workload.0: put has no path, and would overwrite a data set that says create: never. Add a path: such as out/"
        ],
    ),
    "delete of foreign objects": (
        "target: null://x/\ndataset: {count: 5, create: never}\nworkload:\n  - {op: delete}\n",
        [
            "w.yaml:4: workload.0: delete has no path, and would take a data set that says create: never. Add a path: that a put of this workload writes to"
        ],
    ),
    "delete of objects made anew": (
        "target: null://x/\ndataset: {count: 5, create: always}\nworkload:\n  - {op: delete}\n",
        [
            "w.yaml:4: workload.0: delete has no path, and would take a data set that says create: always. Add a path: that a put of this workload writes to"
        ],
    ),
    "delete without put": (
        "target: null://x/\nworkload:\n  - {op: put, size: 1, path: in/}\n  - {op: delete, path: out/}\n",
        [
            "w.yaml:4: workload.1.path: no put of this workload writes below 'out/'. Deletes only take what this run created: add a put with path: out/"
        ],
    ),
    "weights of zero": (
        "target: null://x/\nworkload: [{op: stat, path: a, weight: 0}]\n",
        ["w.yaml:2: workload: all weights are 0, so that nothing would be done. Give a line a weight above 0"],
    ),
    "range of a put": (
        "target: null://x/\nworkload: [{op: put, size: 1, range: {size: 1}}]\n",
        ["w.yaml:2: workload.0.range: has no meaning for put. Remove it; it belongs to get"],
    ),
    "size of a get": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: get, size: 4KiB}]\n",
        ["w.yaml:3: workload.0.size: has no meaning for get. Remove it; it belongs to put"],
    ),
    "batch of a get": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: get, batch: 4}]\n",
        ["w.yaml:3: workload.0.batch: has no meaning for get. Remove it; it belongs to delete"],
    ),
    "keys of a list": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: list, keys: zipf}]\n",
        [
            "w.yaml:3: workload.0.keys: has no meaning for list. Remove it; it belongs to get, put, stat, delete, copy, tag or get_tags"
        ],
    ),
    "keys of a put": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: put, path: out/, keys: zipf}]\n",
        ["w.yaml:3: workload.0.keys: has no meaning for a put with a path, which writes new keys. Remove it"],
    ),
    "keys of a delete": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: delete, keys: zipf}]\n",
        ["w.yaml:3: workload.0.keys: a delete takes each key once. Remove it"],
    ),
    "theta of uniform": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: get, keys: {choice: uniform, theta: 1}}]\n",
        ["w.yaml:3: workload.0.keys.theta: has no meaning without choice: zipf. Remove it, or write choice: zipf"],
    ),
    "range beyond the object": (
        "target: null://x/\ndataset: {count: 5, size: 4KiB}\nworkload: [{op: get, range: {size: 4KiB, offset: 1}}]\n",
        [
            "w.yaml:3: workload.0.range: ends at byte 4097, but objects of the data set have 4096. Make the range smaller or the objects larger"
        ],
    ),
    "align of a fixed offset": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: get, range: {size: 4KiB, offset: 0, align: 4}}]\n",
        ["w.yaml:3: workload.0.range.align: has no meaning with a fixed offset. Remove it"],
    ),
    "names of lines": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload:\n  - {op: get, name: a}\n  - {op: stat, name: a}\n  - {op: stat, name: put}\n  - {op: get, name: a.b}\n  - {op: get, name: total}\n",
        [
            "w.yaml:5: workload.1.name: another line is called 'a' too. Give each its own name",
            "w.yaml:6: workload.2.name: 'put' means something else in reports and thresholds. Choose another name",
            "w.yaml:7: workload.3.name: 'a.b' is not a name. Write letters, digits, - and _, at most 40",
            "w.yaml:8: workload.4.name: 'total' means something else in reports and thresholds. Choose another name",
        ],
    ),
    "rate in closed loop": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nload: {rate: 5/s, arrivals: constant}\n",
        [
            "w.yaml:3: load.rate: has no effect in closed loop. Add model: open, or remove it",
            "w.yaml:3: load.arrivals: has no effect in closed loop. Add model: open, or remove it",
        ],
    ),
    "open loop without rate": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nload: {model: open}\n",
        ["w.yaml:3: load: open loop needs a rate. Add rate: 1000/s"],
    ),
    "each_key without once": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: get}]\nstop: {each_key: once}\n",
        [
            "w.yaml:4: stop.each_key: no line of the mix takes each key once. Add keys: once to a line, or remove each_key"
        ],
    ),
    "unknown line in the schedule": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nschedule:\n  - {at: 1s, weights: {stta: 5}, limits: {put: 1}}\n",
        [
            "w.yaml:4: schedule.0.weights.stta: no line of the mix has this name. Did you mean 'stat'? Names: stat",
            "w.yaml:4: schedule.0.limits.put: no line of the mix has this name. Names: stat",
        ],
    ),
    "schedule out of order": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nschedule:\n  - {at: 5s, mark: a}\n  - {at: 1s, mark: b}\n",
        ["w.yaml:5: schedule.1.at: comes before the step above it. Put the steps in the order of their times"],
    ),
    "schedule after the end": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nduration: 5s\nschedule:\n  - {at: 5s, mark: a}\n",
        ["w.yaml:5: schedule.0.at: comes after the end of the run (5.00 s). Make duration longer, or the step earlier"],
    ),
    "schedule after a stop": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nschedule:\n  - {at: 5s, stop: true}\n  - {at: 6s, mark: b}\n",
        ["w.yaml:5: schedule.1: comes after the step that stops the run. Remove it"],
    ),
    "step without effect": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nschedule:\n  - {at: 5s}\n",
        ["w.yaml:4: schedule.0: changes nothing. Add weights, concurrency, limits, rate, pause, resume, stop or mark"],
    ),
    "pause and resume": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nschedule:\n  - {at: 5s, pause: true, resume: true}\n",
        ["w.yaml:4: schedule.0: pauses and resumes at once. Make two steps of it"],
    ),
    "rate of a step": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nschedule:\n  - {at: 5s, rate: 5/s}\n",
        [
            "w.yaml:4: schedule.0.rate: has no effect in closed loop. Add load: {model: open, rate: 1000/s}, or remove it"
        ],
    ),
    "weights of a step": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nschedule:\n  - {at: 5s, weights: {stat: 0}}\n",
        ["w.yaml:4: schedule.0.weights: all weights are 0 from here on. Write pause: true to pause"],
    ),
    "weights of a step are a number": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nschedule:\n  - {at: 5s, weights: 5}\n",
        [
            "w.yaml:4: schedule.0.weights: is the single value 5 where a mapping is expected. Write for example weights: {get: 50}"
        ],
    ),
    "threshold": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nthresholds: [stat.p99]\n",
        [
            "w.yaml:3: thresholds.0: 'stat.p99' is not a threshold. Write for example get.p99 < 50ms, errors < 0.1% or total.bytes_per_s > 1GiB/s"
        ],
    ),
    "threshold figure": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nthresholds: [stat.p98 < 5ms]\n",
        [
            "w.yaml:3: thresholds.0: 'p98' is not a figure of the report. Did you mean 'p99'? Write mean, min, p50, p90, p95, p99, p999, p9999, max, ops, bytes, errors, ops_per_s or bytes_per_s"
        ],
    ),
    "threshold unit": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nthresholds: [stat.p99 < 5]\n",
        ["w.yaml:3: thresholds.0: 5 has no unit. Write for example 5ms"],
    ),
    "threshold without operation": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nthresholds: [p99 < 5ms]\n",
        ["w.yaml:3: thresholds.0: p99 is a latency, which belongs to an operation. Write for example get.p99"],
    ),
    "threshold of no operation": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nthresholds: [put.p99 < 5ms, sttat.p99 < 5ms]\n",
        [
            "w.yaml:3: thresholds.0: 'put' is not in the mix. Operations here: stat",
            "w.yaml:3: thresholds.1: 'sttat' is no operation and no line of the mix. Did you mean 'stat'? Operations here: stat",
        ],
    ),
    "threshold in closed loop": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nthresholds: [stat.response.p99 < 5ms]\n",
        [
            "w.yaml:3: thresholds.0: response time exists only in open loop. Write get.p99 for the service time, or add load: {model: open, rate: 1000/s}"
        ],
    ),
    "threshold errors": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nthresholds: [errors < 0.5]\n",
        ["w.yaml:3: thresholds.0: 0.5 is not a number of errors. Write a whole number, or a share such as 0.1%"],
    ),
    "threshold series": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nthresholds: [stat.ttfb.ops > 5]\n",
        ["w.yaml:3: thresholds.0: ops does not belong to ttfb. Write stat.ops"],
    ),
    "several": (
        "target: null://x/\nname: 5\nconcurency: 5\nworkload:\n  - {op: gett, path: a}\n  - {op: stat, path: a, weight: x}\nload: {rate: 5/s}\nstop: {ops: 0}\n",
        [
            'w.yaml:2: name: 5 is not a text. Put it in quotes: "5"',
            "w.yaml:3: concurency: is not a known key. Did you mean 'concurrency'? Known here: target, dataset, name, targets, duration, warmup, stop, drain, concurrency, processes, seed, datasets, workload, payload, load, errors, schedule, post_prepare_delay, cleanup, cleanup_mode, operation_timeout, connect_timeout, thresholds, outputs, fleet",
            "w.yaml:5: workload.0.op: 'gett' is not known here. Did you mean 'get'? Write get, put, stat, list, delete, copy, mkdir, rmdir, tag or get_tags",
            "w.yaml:6: workload.1.weight: 'x' is not a number. Write for example 1 or 2.5",
            "w.yaml:7: load.rate: has no effect in closed loop. Add model: open, or remove it",
            "w.yaml:8: stop.ops: 0 is too small. Write 1 or more",
        ],
    ),
}


@pytest.mark.parametrize("text, messages", BROKEN.values(), ids=BROKEN.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert faults(text) == messages
