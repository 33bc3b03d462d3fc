"""Files whose targets, data sets and paths cannot be: every message, in full."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BROKEN = {
    "no scheme": (
        "target: bucket/prefix\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.uri: has no scheme. Write s3://bucket/prefix/, az://account/container/prefix/, gs://bucket/prefix/, file:///dir/, direct:///dir/ or null://name/"
        ],
    ),
    "a plain path": (
        "target: /data\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.uri: has no scheme. Write file:///data for files, direct:///data for files past the page cache"
        ],
    ),
    "unknown scheme": (
        "target: s4://bucket/\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.uri: the scheme s4:// is not known. Write s3://bucket/prefix/, az://account/container/prefix/, gs://bucket/prefix/, file:///dir/, direct:///dir/ or null://name/"
        ],
    ),
    "no account": (
        "target: az:///container/\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: names no account. Write az://account/container/prefix/"],
    ),
    "an account alone": (
        "target: az://account/\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: names no container. Write az://account/container/prefix/"],
    ),
    "server as account": (
        "target: az://127.0.0.1:10000/devstoreaccount1/\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.uri: 127.0.0.1:10000 is a server and not an account. Write az://account/container/prefix/ and put the server into endpoint:"
        ],
    ),
    "account with a hyphen": (
        "target: az://my-account/box/\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: 'my-account' cannot be an account. Accounts are 3 to 24 lower-case letters and digits"],
    ),
    "container in capitals": (
        "target: az://account/Box/\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.uri: 'Box' cannot be a container. Containers are 3 to 63 lower-case letters, digits and single hyphens"
        ],
    ),
    "balance without end points": (
        "target: {uri: s3://b/, balance: round_robin}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.balance: has no effect without several end points. Remove it, or list them in endpoint"],
    ),
    "balance over one end point": (
        "target: {uri: gs://b/, endpoint: ['http://h:1'], balance: least_in_flight}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.balance: has no effect without several end points. Remove it, or list them in endpoint"],
    ),
    "balance of files": (
        "target: {uri: 'file:///a/', balance: round_robin}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.balance: has no effect on file://. Remove it; it belongs to s3://, az:// or gs://"],
    ),
    "balance through the SDK": (
        "target: {uri: s3://b/, endpoint: ['http://h:1', 'http://i:1'], client: sdk, balance: least_in_flight}\n"
        "workload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.balance: has no effect with client: sdk, which does as the SDK does. Remove it"],
    ),
    "an unknown balance": (
        "target: {uri: s3://b/, endpoint: ['http://h:1', 'http://i:1'], balance: random}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.balance: 'random' is not known here. Write round_robin or least_in_flight"],
    ),
    "region of an account": (
        "target: {uri: az://account/box/, region: westeurope}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.region: has no effect on az://. Remove it; it belongs to s3://"],
    ),
    "blobs too large for a request": (
        "targets: [s3://b/, az://account/box/]\ndataset: {count: 1, size: 5GiB}\nworkload:\n"
        "  - {op: put, path: a/, target: s3, size: 6GiB}\n"
        "  - {op: put, path: a/, target: az, size: {type: uniform, min: 1, max: 6GiB}}\n",
        [
            "w.yaml:2: dataset.size: up to 5.00 GiB an object, and az:// writes 4.88 GiB at most in one request. Make the objects smaller, or write them in parts: multipart: 64MiB",
            "w.yaml:5: workload.1.size: up to 6.00 GiB an object, and az:// writes 4.88 GiB at most in one request. Make the objects smaller, or write them in parts: multipart: 64MiB",
        ],
    ),
    "no bucket of Google's": (
        "target: gs:///x\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: names no bucket. Write gs://bucket/prefix/"],
    ),
    "region of a Google bucket": (
        "target: {uri: gs://b/, region: europe-west1}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.region: has no effect on gs://. Remove it; it belongs to s3://"],
    ),
    "batches on a Google bucket": (
        "target: gs://b/\ndataset: {count: 9}\nworkload: [{op: delete, batch: 100}]\n",
        ["w.yaml:3: workload.0.batch: gs:// deletes one key a request. Remove it"],
    ),
    "batches on one of two buckets": (
        "targets: [s3://b/, gs://b/]\ndataset: {count: 9}\nworkload:\n"
        "  - {op: delete, batch: 9, target: s3}\n  - {op: delete, batch: 9, target: gs}\n",
        ["w.yaml:5: workload.1.batch: gs:// deletes one key a request. Remove it"],
    ),
    "url as target": (
        "target: https://bucket.example.com/\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.uri: https:// is not a target. Write uri: s3://bucket/prefix/ and put the URL into endpoint:"
        ],
    ),
    "two slashes": (
        "target: file://tmp/x\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: file:// needs an absolute path. Write file:///tmp/x with three slashes"],
    ),
    "root directory": (
        "target: file:///\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: is the root of the whole machine. Write a directory, such as file:///tmp/s3bench/"],
    ),
    "home directory": (
        "target: file://~/data\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: ~ is not expanded here. Write file://${HOME}/data"],
    ),
    "four slashes": (
        "target: file:////data\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: file:// needs an absolute path. Write file:///data with three slashes"],
    ),
    "dots in the uri": (
        "target: file:///a/../b\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: holds '..'. Write the directory's own path"],
    ),
    "query": (
        "target: s3://bucket/?list-type=2\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: has a query (?...), which no target has. Remove it"],
    ),
    "server as bucket": (
        "target: s3://127.0.0.1:9000/bucket/\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.uri: 127.0.0.1:9000 is a server and not a bucket. Write s3://bucket/prefix/ and put the server into endpoint:"
        ],
    ),
    "bucket with a space": (
        "target: s3://my bucket/\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: 'my bucket' cannot be a bucket. Buckets are letters, digits, '.', '-' and '_'"],
    ),
    "line break in the uri": (
        'target: "s3://bucket/\\n"\nworkload: [{op: stat, path: a}]\n',
        ["w.yaml:1: target.uri: holds a control character. Remove it"],
    ),
    "no bucket": (
        "target: s3:///x\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: names no bucket. Write s3://bucket/prefix/"],
    ),
    "no name": (
        "target: null://\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.uri: has no name. Write null://name/"],
    ),
    "credentials in the uri": (
        "target: s3://AKIASECRET:hunter2@bucket/\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.uri: holds credentials in the URI. Remove it; credentials come from the vendor's own chain (environment, profile, instance)"
        ],
    ),
    "signature in the uri": (
        "target: s3://bucket/?sig=hunter2\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.uri: holds credentials in the URI. Remove it; credentials come from the vendor's own chain (environment, profile, instance)"
        ],
    ),
    "credentials in the end point": (
        "target: {uri: s3://b/, endpoint: 'http://user:hunter2@host'}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.endpoint: holds credentials in the URL. Remove it; credentials come from the vendor's own chain (environment, profile, instance)"
        ],
    ),
    "end point without scheme": (
        "target: {uri: s3://b/, endpoint: 'host:9000'}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.endpoint: 'host:9000' has neither http:// nor https://. Write https://host:9000"],
    ),
    "end point port": (
        "target: {uri: s3://b/, endpoint: 'http://host:99999'}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.endpoint: 'http://host:99999' is not the URL of a server. Write for example https://s3.example.com:9000"
        ],
    ),
    "empty end points": (
        "target: {uri: s3://b/, endpoint: []}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.endpoint: is an empty list. Write a URL, or remove the key"],
    ),
    "end point is a number": (
        "target: {uri: s3://b/, endpoint: 9000}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.endpoint: is not an end point. Write a URL such as https://s3.example.com:9000, or a list of such"
        ],
    ),
    "option of another scheme": (
        "target: {uri: s3://b/, page_cache_mode: random, null: {latency: 1ms}}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.page_cache_mode: has no effect on s3://. Remove it; it belongs to file://",
            "w.yaml:1: target.null: has no effect on s3://. Remove it; it belongs to null://",
        ],
    ),
    "end point of a file": (
        "target: {uri: file:///a/, endpoint: 'http://x'}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.endpoint: has no effect on file://. Remove it; it belongs to s3://, az:// or gs://"],
    ),
    "page cache of direct": (
        "target: {uri: direct:///a/, page_cache_mode: random}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.page_cache_mode: has no effect on direct://. Remove it; it belongs to file://"],
    ),
    "tls over http": (
        "target: {uri: s3://b/, endpoint: 'http://h', tls: {insecure: true}}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.tls: has no effect on an http:// end point. Remove it, or write https:// in endpoint"],
    ),
    "insecure and authority": (
        "target: {uri: s3://b/, tls: {insecure: true, ca_file: a.pem}}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.tls: ca_file has no effect with insecure: true. Keep one of them"],
    ),
    "anonymous profile": (
        "target: {uri: s3://b/, anonymous: true, profile: p, payload_signing: signed}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.profile: has no effect with anonymous: true. Keep one of them",
            "w.yaml:1: target.payload_signing: anonymous requests are not signed. Keep one of them",
        ],
    ),
    "options that the SDK does not heed": (
        "target: {uri: s3://b/, client: sdk, payload_signing: signed, receive: copy}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.payload_signing: has no effect with client: sdk, which does as the SDK does. Remove it",
            "w.yaml:1: target.receive: has no effect with client: sdk, which does as the SDK does. Remove it",
        ],
    ),
    "the SDK where there is none": (
        "target: {uri: file:///d/, client: sdk}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.client: has no effect on file://. Remove it; it belongs to s3:// or az://"],
    ),
    "latency bounds": (
        "target: {uri: null://x/, null: {latency: {type: uniform, min: 5ms, max: 1ms}}}\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target.null.latency: min is more than max. Exchange them"],
    ),
    "names of targets": (
        "targets: [{uri: null://x/, name: a}, {uri: null://y/, name: a}]\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: targets.1.name: another target is called 'a' too. Give each its own name"],
    ),
    "more targets than slots": (
        "targets: [null://x/, null://y/, null://z/]\nconcurrency: 2\nprocesses: 1\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:2: concurrency: 3 targets need at least 3 slots. Write 3 or more",
            "w.yaml:3: processes: 3 targets need at least 3 workers. Write auto, or 3 or more",
        ],
    ),
    "template without index": (
        "target: null://x/\ndataset: {count: 5, name: object.dat}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:2: dataset.name: 'object.dat' does not hold {index} just once. Write for example object-{index:08d}.dat"
        ],
    ),
    "template with attributes": (
        "target: null://x/\ndataset: {count: 5, name: '{index.__class__}'}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:2: dataset.name: '{index.__class__}' does not hold {index} just once. Write for example object-{index:08d}.dat"
        ],
    ),
    "template with two": (
        "target: null://x/\ndataset: {count: 5, name: '{index}-{x}'}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:2: dataset.name: '{index}-{x}' does not hold {index} just once. Write for example object-{index:08d}.dat"
        ],
    ),
    "prefix with a star": (
        "target: null://x/\ndataset: {count: 5, prefix: 'a*'}\nworkload: [{op: get}]\n",
        ["w.yaml:2: dataset.prefix: a prefix holds no *. Write for example data/"],
    ),
    "out of the directory": (
        "target: file:///a/\nworkload: [{op: get, path: ../b}, {op: get, path: /etc/passwd}]\n",
        [
            "w.yaml:2: workload.0.path: '..' would leave the directory of the target. Write a path below the target",
            "w.yaml:2: workload.1.path: starts with /, and would leave the directory of the target. Write etc/passwd",
        ],
    ),
    "prefix out of the directory": (
        "target: direct:///a/\ndataset: {count: 5, prefix: ../}\nworkload: [{op: get}]\n",
        ["w.yaml:2: dataset.prefix: '..' would leave the directory of the target. Write a path below the target"],
    ),
    "path is a uri": (
        "target: null://x/\nload: {model: closed}\nworkload: [{op: get, path: 's3://b/k'}]\n",
        ["w.yaml:3: workload.0.path: is a whole URI. Put the URI into target:, and write here what stands below it"],
    ),
    "long key": (
        "target: null://x/\nworkload:\n  - {op: get, path: " + "k" * 1025 + "}\n",
        ["w.yaml:3: workload.0.path: is longer than the 1024 bytes that a key may have. Shorten it"],
    ),
    "put into a glob": (
        "target: null://x/\nworkload: [{op: put, size: 1, path: 'out/*'}]\n",
        ["w.yaml:2: workload.0.path: put takes a prefix, and no *. Write for example out/"],
    ),
    "uniform bounds": (
        "target: null://x/\nworkload: [{op: put, size: {type: uniform, min: 2KiB, max: 1KiB}}]\n",
        ["w.yaml:2: workload.0.size.min: min (2048) is more than max (1024). Exchange them"],
    ),
    "lognormal bounds": (
        "target: null://x/\nworkload: [{op: put, size: {type: lognormal, mean: 1KiB, std_dev: 1, max: 1000}}]\n",
        ["w.yaml:2: workload.0.size.mean: mean does not lie between min and max. Widen min and max, or change mean"],
    ),
}


@pytest.mark.parametrize("text, messages", BROKEN.values(), ids=BROKEN.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert faults(text) == messages


def test_no_message_repeats_a_secret() -> None:
    said = "\n".join(message for _, messages in BROKEN.values() for message in messages)
    assert "hunter2" not in said
    assert "AKIASECRET" not in said
