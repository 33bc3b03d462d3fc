"""Files with unknown keys and wrong values: every message, in full."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BROKEN = {
    "unknown key": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\ndurration: 5s\n",
        [
            "w.yaml:3: durration: is not a known key. Did you mean 'duration'? Known here: target, dataset, name, targets, duration, warmup, stop, drain, concurrency, processes, seed, datasets, workload, payload, load, errors, schedule, post_prepare_delay, cleanup, cleanup_mode, operation_timeout, connect_timeout, thresholds, outputs, fleet"
        ],
    ),
    "empty name": (
        "name: ' '\ntarget: null://x/\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: name: is empty. Write a name, or leave it out"],
    ),
    "unknown key unlike any": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nxyzzy: 5s\n",
        [
            "w.yaml:3: xyzzy: is not a known key. Known here: target, dataset, name, targets, duration, warmup, stop, drain, concurrency, processes, seed, datasets, workload, payload, load, errors, schedule, post_prepare_delay, cleanup, cleanup_mode, operation_timeout, connect_timeout, thresholds, outputs, fleet"
        ],
    ),
    "unknown key of a line": (
        "target: null://x/\nworkload:\n  - {op: stat, path: a, wieght: 5}\n",
        [
            "w.yaml:3: workload.0.wieght: is not a known key. Did you mean 'weight'? Known here: op, weight, name, target, path, dataset, size, payload, shards, range, verify, keys, concurrency, batch, multipart, max_keys, delimiter, expect, if_match, if_none_match, versions, metadata, tags, storage_class, content_type, cache_control, checksum"
        ],
    ),
    "unknown key of a size": (
        "target: null://x/\nworkload:\n  - {op: put, size: {type: uniform, min: 1, max: 2, mean: 3}}\n",
        ["w.yaml:3: workload.0.size.mean: is not a known key. Known here: type, min, max"],
    ),
    "unknown key of a target": (
        "target: {uri: null://x/, endpiont: http://x}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.endpiont: is not a known key. Did you mean 'endpoint'? Known here: uri, name, share, endpoint, balance, region, profile, anonymous, client, addressing, payload_signing, tls, receive, encryption, versioned, write, fsync, page_cache_mode, null"
        ],
    ),
    "misspelt target": (
        "targt: null://x/\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: targt: is not a known key. Did you mean 'target'? Known here: target, dataset, name, targets, duration, warmup, stop, drain, concurrency, processes, seed, datasets, workload, payload, load, errors, schedule, post_prepare_delay, cleanup, cleanup_mode, operation_timeout, connect_timeout, thresholds, outputs, fleet"
        ],
    ),
    "secret key": (
        "target:\n  uri: s3://b/\n  access_key: AKIASECRET\n  secret_key: hunter2\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:3: target.access_key: holds a secret, which has no place in a workload file. Remove it; credentials come from the vendor's own chain (environment, profile, instance)",
            "w.yaml:4: target.secret_key: holds a secret, which has no place in a workload file. Remove it; credentials come from the vendor's own chain (environment, profile, instance)",
        ],
    ),
    "sas": (
        "target: {uri: s3://b/, sas: hunter2}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.sas: holds a secret, which has no place in a workload file. Remove it; credentials come from the vendor's own chain (environment, profile, instance)"
        ],
    ),
    "secret at the top": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\naws_secret_access_key: hunter2\n",
        [
            "w.yaml:3: aws_secret_access_key: holds a secret, which has no place in a workload file. Remove it; credentials come from the vendor's own chain (environment, profile, instance)"
        ],
    ),
    "no target": (
        "workload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: targets: is missing. Write where the load goes, such as target: s3://bucket/prefix/ or target: file:///tmp/data/"
        ],
    ),
    "no workload": (
        "target: null://x/\n",
        ["w.yaml:1: workload: is missing. Write what is done, such as workload: [{op: get}]"],
    ),
    "target and targets": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\ntargets: [null://y/]\n",
        ["w.yaml:1: target: stands beside targets. Keep one of the two"],
    ),
    "no op": (
        "target: null://x/\nworkload:\n  - {path: a}\n",
        [
            "w.yaml:3: workload.0.op: is missing. Write get, put, stat, list, delete, copy, mkdir, rmdir, tag or get_tags"
        ],
    ),
    "no uri": (
        "target: {region: x}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: is missing. Write where the load goes, such as uri: s3://bucket/prefix/"],
    ),
    "no count": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\ndataset: {size: 4KiB}\n",
        ["w.yaml:3: dataset.count: is missing. Write how many objects the data set has, such as count: 10000"],
    ),
    "null value": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nconcurrency:\n",
        ["w.yaml:3: concurrency: has no value. Write one, or remove the key"],
    ),
    "name is a number": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nname: 12\n",
        ['w.yaml:3: name: 12 is not a text. Put it in quotes: "12"'],
    ),
    "name is a list": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nname: [a]\n",
        ["w.yaml:3: name: is a list where a text is expected. Write one text"],
    ),
    "zero concurrency": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nconcurrency: 0\n",
        ["w.yaml:3: concurrency: 0 is too small. Write 1 or more"],
    ),
    "negative concurrency": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nconcurrency: -3\n",
        ["w.yaml:3: concurrency: -3 is not a count. Write for example 10000, 10,000 or 10_000"],
    ),
    "half concurrency": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nconcurrency: 1.5\n",
        ["w.yaml:3: concurrency: 1.5 is not a count. Write for example 10000, 10,000 or 10_000"],
    ),
    "worded concurrency": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nconcurrency: many\n",
        ["w.yaml:3: concurrency: 'many' is not a count. Write for example 10000, 10,000 or 10_000"],
    ),
    "boolean concurrency": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nconcurrency: true\n",
        ["w.yaml:3: concurrency: true is not a count. Write for example 10000, 10,000 or 10_000"],
    ),
    "too many slots": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nconcurrency: 200000\n",
        ["w.yaml:3: concurrency: 200,000 slots are more than one machine can serve. Write 100,000 or less"],
    ),
    "octal": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nconcurrency: 010\n",
        [
            "w.yaml:3: concurrency: 010 could be meant as octal or as decimal. Write 10 for the decimal number, or put a text in quotes"
        ],
    ),
    "duration as a clock": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nduration: 1:30\n",
        ["w.yaml:3: duration: '1:30' is not a duration. Write 1m30s for a minute and a half"],
    ),
    "duration without sense": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nduration: soon\n",
        ["w.yaml:3: duration: 'soon' is not a duration. Write for example 500ms, 30s, 2m or 1h30m"],
    ),
    "duration unit": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nduration: 5 weeks\n",
        ["w.yaml:3: duration: '5 weeks' has the unknown unit 'weeks'. Durations end in ms, s, m or h"],
    ),
    "duration zero": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nduration: 0\n",
        ["w.yaml:3: duration: is too short. Write 1ms or more"],
    ),
    "negative duration": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nduration: -5s\n",
        ["w.yaml:3: duration: '-5s' is not a duration. Write for example 500ms, 30s, 2m or 1h30m"],
    ),
    "endless duration": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nduration: 9999999999999h\n",
        ["w.yaml:3: duration: '9999999999999h' is too large. The limit is 292 years"],
    ),
    "size unit": (
        "target: null://x/\nworkload: [{op: put, size: 4XB}]\n",
        [
            "w.yaml:2: workload.0.size: '4XB' has the unknown unit 'XB'. Sizes end in B, KB, MB, GB, TB (1000) or KiB, MiB, GiB, TiB (1024)"
        ],
    ),
    "decimal comma": (
        'target: null://x/\nworkload: [{op: put, size: "1,5MB"}]\n',
        ["w.yaml:2: workload.0.size: '1,5MB' is not a size. Write for example 64KiB, 4MB or 4096"],
    ),
    "part of a byte": (
        "target: null://x/\nworkload: [{op: put, size: 0.3}]\n",
        ["w.yaml:2: workload.0.size: 0.3 is not a whole number of bytes. Write for example 64KiB, 4MB or 4096"],
    ),
    "size is a list": (
        "target: null://x/\nworkload: [{op: put, size: [1]}]\n",
        ["w.yaml:2: workload.0.size: [1] is not a size. Write for example 64KiB, 4MB or 4096"],
    ),
    "size distribution": (
        "target: null://x/\nworkload: [{op: put, size: {type: unifrom, min: 1, max: 2}}]\n",
        [
            "w.yaml:2: workload.0.size: 'unifrom' is not a distribution. Did you mean 'uniform'? Write type: fixed, uniform, log-uniform, lognormal or list"
        ],
    ),
    "size distribution without mean": (
        "target: null://x/\nworkload: [{op: put, size: {type: lognormal, std_dev: 1}}]\n",
        ["w.yaml:2: workload.0.size.mean: is missing. Write mean: and its value"],
    ),
    "size list without sizes": (
        "target: null://x/\nworkload: [{op: put, size: {type: list, sizes: []}}]\n",
        ["w.yaml:2: workload.0.size.sizes: is empty. Write for example sizes: [{size: 4KiB, weight: 3}, {size: 1MiB}]"],
    ),
    "op in capitals": (
        "target: null://x/\nworkload: [{op: GET, path: a}]\n",
        [
            "w.yaml:2: workload.0.op: 'GET' is not known here. Did you mean 'get'? Write get, put, stat, list, delete, copy, mkdir, rmdir, tag or get_tags"
        ],
    ),
    "unknown op": (
        "target: null://x/\nworkload: [{op: append, path: a}]\n",
        [
            "w.yaml:2: workload.0.op: 'append' is not known here. Write get, put, stat, list, delete, copy, mkdir, rmdir, tag or get_tags"
        ],
    ),
    "weight in percent": (
        "target: null://x/\nworkload: [{op: stat, path: a, weight: 60%}]\n",
        ["w.yaml:2: workload.0.weight: '60%' is not a number. Write for example 1 or 2.5"],
    ),
    "negative weight": (
        "target: null://x/\nworkload: [{op: stat, path: a, weight: -1}]\n",
        ["w.yaml:2: workload.0.weight: -1 is too small. Write 0 or more"],
    ),
    "boolean weight": (
        "target: null://x/\nworkload: [{op: stat, path: a, weight: true}]\n",
        ["w.yaml:2: workload.0.weight: true is not a number. Write for example 1 or 2.5"],
    ),
    "empty mix": (
        "target: null://x/\nworkload: []\n",
        ["w.yaml:2: workload: is empty. Write for example workload: [{op: get}]"],
    ),
    "mix is a mapping": (
        "target: null://x/\nworkload: {op: get}\n",
        ["w.yaml:2: workload: is a mapping where a list is expected. Write for example workload: [{op: get}]"],
    ),
    "line is a word": (
        "target: null://x/\nworkload: [get]\n",
        [
            "w.yaml:2: workload.0: is the single value 'get' where a mapping is expected. Write for example workload: [{op: get}]"
        ],
    ),
    "targets is a text": (
        "targets: null://x/\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: targets: is the single value 'null://x/' where a list is expected. Write for example targets: [s3://bucket/prefix/]"
        ],
    ),
    "yes": (
        "target: {uri: file:///a/, fsync: yes}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.fsync: 'yes' is neither true nor false. Write true or false, without quotes"],
    ),
    "key choice": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: get, keys: zipff}]\n",
        [
            "w.yaml:3: workload.0.keys: 'zipff' is not known here. Did you mean 'zipf'? Write uniform, zipf, sequential, once or missing"
        ],
    ),
    "theta": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: get, keys: {choice: zipf, theta: 9}}]\n",
        ["w.yaml:3: workload.0.keys.theta: 9 is too large. Write 5 or less"],
    ),
    "processes": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nprocesses: all\n",
        ["w.yaml:3: processes: 'all' is not a number of processes. Write auto, or a whole number from 1 on"],
    ),
    "too many processes": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nprocesses: 5000\n",
        ["w.yaml:3: processes: 5,000 workers are more than one machine can serve. Write 1,024 or less"],
    ),
    "offset": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: get, range: {size: 1, offset: rand}}]\n",
        [
            "w.yaml:3: workload.0.range.offset: 'rand' is not an offset. Write random, sequential, or a size such as 64KiB"
        ],
    ),
    "batch": (
        "target: null://x/\ndataset: {count: 10, size: 1MiB}\nworkload: [{op: delete, batch: 5000}]\n",
        ["w.yaml:3: workload.0.batch: 5000 is too large. Write 1000 or less"],
    ),
    "rate": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nload: {model: open, rate: 0}\n",
        ["w.yaml:3: load.rate: 0 is not a rate. Write for example 5000/s"],
    ),
    "error rate": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nerrors: {max_rate: 500%}\n",
        ["w.yaml:3: errors.max_rate: '500%' is more than the whole. Write for example 5% or 0.05"],
    ),
    "ignored class": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nerrors: {ignore: [http_5xx, timeuot, 503]}\n",
        [
            "w.yaml:3: errors.ignore.0: 'http_5xx' is not a class of errors. Write timeout, connect, reset, tls, protocol, integrity, partial, client, injected or unexpected, an HTTP status such as 503, or os_ENOENT",
            "w.yaml:3: errors.ignore.1: 'timeuot' is not a class of errors. Did you mean 'timeout'? Write timeout, connect, reset, tls, protocol, integrity, partial, client, injected or unexpected, an HTTP status such as 503, or os_ENOENT",
        ],
    ),
    "ignored list": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nerrors: {ignore: [[1]]}\n",
        ["w.yaml:3: errors.ignore.0: is not an error class. Write for example http_503, 503, timeout or os_ENOENT"],
    ),
    "create": (
        "target: null://x/\ndataset: {count: 1, create: yes}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:2: dataset.create: 'yes' is not known here. Write missing, always or never"],
    ),
}


@pytest.mark.parametrize("text, messages", BROKEN.values(), ids=BROKEN.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert faults(text) == messages


def test_no_message_repeats_a_secret() -> None:
    said = "\n".join(message for _, messages in BROKEN.values() for message in messages)
    assert "hunter2" not in said
    assert "AKIASECRET" not in said
