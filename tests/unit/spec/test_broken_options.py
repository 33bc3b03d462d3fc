"""Files whose lines ask for what an operation, a store or a client does not have: every message, in full."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s3bench_tui.spec.loading import load_mapping

BROKEN = {
    "pages of null": (
        "target: null://x/\nworkload: [{op: list, max_keys: 10}]\n",
        [
            "w.yaml:2: workload.0.max_keys: null:// has no such thing. Remove it, or keep the line off this target; it belongs to s3://, az://, gs://, file:// or direct://"
        ],
    ),
    "pages of a get": (
        "target: s3://b/\ndataset: {count: 1}\nworkload: [{op: get, max_keys: 10}]\n",
        ["w.yaml:3: workload.0.max_keys: has no meaning for get. Remove it; it belongs to list"],
    ),
    "a copy of nothing": (
        "target: null://x/\ndataset: {count: 1}\nworkload: [{op: copy}, {op: get}]\n",
        [
            "w.yaml:3: workload.0: copy copies objects of the data set to keys below its path, and needs both. Add a dataset:, and a path: such as copies/"
        ],
    ),
    "a copy past the page cache": (
        "target: direct:///tmp/x/\ndataset: {count: 1}\nworkload: [{op: copy, path: c/}]\n",
        [
            "w.yaml:3: workload.0.op: direct:// does not copy by itself. Remove the line; copy belongs to s3://, az://, gs://, file:// or null://"
        ],
    ),
    "too large a copy": (
        "target: az://account/box/\ndataset: {count: 1, size: 257MiB}\nworkload: [{op: copy, path: c/}]\n",
        [
            "w.yaml:3: workload.0.op: up to 257 MiB an object, and az:// copies 256 MiB at most in one request. Make the objects of the data set smaller"
        ],
    ),
    "missing keys of a path": (
        "target: file:///tmp/x/\nworkload: [{op: get, path: a, keys: missing}, {op: stat, path: b, expect: 404}]\n",
        [
            "w.yaml:2: workload.0.keys: missing keys are made from those of a data set. Remove path:, or write expect: 404 for one key that is not there"
        ],
    ),
    "missing keys to copy": (
        "target: s3://b/\ndataset: {count: 1}\nworkload: [{op: copy, path: c/, keys: missing}]\n",
        ["w.yaml:3: workload.0.keys: copy cannot take keys that are not there. Remove it; it belongs to get or stat"],
    ),
    "missing keys of null": (
        "target: null://x/\ndataset: {count: 1}\nworkload: [{op: get, keys: missing}, {op: stat, expect: 404}]\n",
        [
            "w.yaml:3: workload.0.keys: on null:// every key is there. Remove it",
            "w.yaml:3: workload.1.expect: null:// has no such thing. Remove it, or keep the line off this target; it belongs to s3://, az://, gs://, file:// or direct://",
        ],
    ),
    "conditions of the wrong operation": (
        "target: s3://b/\ndataset: {count: 1}\nworkload:\n  - {op: get, if_none_match: '*'}\n  - {op: put, if_none_match: etag}\n  - {op: get, expect: 412}\n  - {op: put, path: a/, size: 1, if_none_match: '*', expect: 412}\n  - {op: get, if_match: etag, if_none_match: etag}\n",
        [
            "w.yaml:4: workload.0.if_none_match: `*` belongs to a put. Write etag",
            "w.yaml:5: workload.1.if_none_match: `etag` belongs to a get. Write '*'",
            "w.yaml:6: workload.2.expect: nothing refuses this with 412. Add if_none_match: '*' to a put, or if_match: etag",
            "w.yaml:7: workload.3.expect: a put with a path writes new keys, which nothing refuses. Remove path:, so that it goes over a data set",
            "w.yaml:8: workload.4.if_match: stands beside if_none_match. Keep one of the two",
        ],
    ),
    "verified reads of nothing": (
        "target: s3://b/\ndataset: {count: 1}\nworkload: [{op: get, verify: checksum, keys: missing}]\n",
        ["w.yaml:3: workload.0.verify: a read that is to bring nothing cannot be verified. Remove it"],
    ),
    "what cannot stand in a head": (
        'target: s3://b/\nworkload: [{op: put, size: 1, metadata: {"a b": x, n: "x\\ny"}, content_type: " x"}]\n',
        [
            "w.yaml:2: workload.0.metadata.a b: 'a b' is no name for metadata. Write letters, digits, - and _",
            "w.yaml:2: workload.0.metadata.n: cannot stand in a request. Write printable ASCII, without blanks at its ends",
            "w.yaml:2: workload.0.content_type: cannot stand in a request. Write printable ASCII",
        ],
    ),
    "keys of an encryption": (
        "targets:\n  - {uri: 's3://b/', encryption: {type: sse-c}}\n  - {uri: 's3://c/', encryption: {type: sse-s3, key_env: K, kms_key_id: x}}\n  - {uri: 'az://account/box/', encryption: {type: sse-s3}}\nworkload: [{op: list}]\n",
        [
            "w.yaml:2: targets.0.encryption: sse-c needs one place of the key. Write key_env: NAME of a variable, or key_file: FILE",
            "w.yaml:3: targets.1.encryption.key_env: has no meaning for sse-s3. Remove it",
            "w.yaml:3: targets.1.encryption.kms_key_id: has no meaning for sse-s3. Remove it",
            "w.yaml:4: targets.2.encryption.type: az:// is not asked for sse-s3. Write sse-c or scope",
        ],
    ),
    "keys of other clouds": (
        "targets:\n  - {uri: 'gs://b/', encryption: {type: sse-kms}}\n  - {uri: 'gs://c/', encryption: {type: scope, scope: abc}}\n"
        "  - {uri: 'az://acc/box/', encryption: {type: scope}}\n  - {uri: 'az://acc/box/', encryption: {type: scope, scope: a_b}}\n"
        "  - {uri: 'az://acc/box/', name: k, endpoint: 'http://h:1', encryption: {type: sse-c, key_env: K, scope: abc}}\n"
        "  - {uri: 'file:///d/', encryption: {type: sse-c, key_env: K}}\n"
        "dataset: {count: 1}\nworkload:\n  - {op: list}\n  - {op: copy, path: c/, target: k}\n",
        [
            "w.yaml:2: targets.0.encryption: sse-kms needs the name of the key on gs://. Write kms_key_id: projects/P/locations/L/keyRings/R/cryptoKeys/K",
            "w.yaml:3: targets.1.encryption.type: gs:// is not asked for scope. Write sse-kms or sse-c",
            "w.yaml:4: targets.2.encryption: scope needs its name. Write scope: NAME",
            "w.yaml:5: targets.3.encryption.scope: 'a_b' cannot be a scope. Scopes are 3 to 63 letters, digits and hyphens",
            "w.yaml:6: targets.4.encryption: az:// takes a key over https alone. Write https:// in endpoint",
            "w.yaml:6: targets.4.encryption.scope: has no meaning for sse-c. Remove it",
            "w.yaml:7: targets.5.encryption: has no effect on file://. Remove it; it belongs to s3://, az:// or gs://",
            "w.yaml:11: workload.1.op: az:// copies no blob that a key of yours has sealed. Remove the line, or encryption:",
        ],
    ),
    "a condition on a blob through the SDK": (
        "target: {uri: 'az://acc/box/', client: sdk}\nworkload: [{op: put, size: 1, if_none_match: '*'}]\n",
        ["w.yaml:2: workload.0.if_none_match: is not done by client: sdk. Remove it, or write client: lean"],
    ),
    "bodies that the SDK keeps": (
        "target: {uri: 'az://acc/box/', client: sdk, receive: copy}\nworkload: [{op: put, size: 1}]\n",
        ["w.yaml:1: target.receive: has no effect with client: sdk, which does as the SDK does. Remove it"],
    ),
    "an SDK that is not used": (
        "target: {uri: 'gs://buck/', client: sdk}\nworkload: [{op: put, size: 1}]\n",
        ["w.yaml:1: target.client: has no effect on gs://. Remove it; it belongs to s3:// or az://"],
    ),
    "tags of a blob through the wrong client": (
        "target: {uri: 's3://b/', client: sdk}\nworkload: [{op: put, size: 1, if_none_match: '*'}]\n",
        ["w.yaml:2: workload.0.if_none_match: is not done by client: sdk. Remove it, or write client: lean"],
    ),
    "checksums that nobody compares": (
        "targets: [{uri: 'az://acc/box/', name: a}, {uri: 's3://b/', name: b, client: sdk}, {uri: 'file:///c/', name: c}]\n"
        "datasets:\n  - {id: a, count: 1, target: a, checksum: crc32c}\n  - {id: b, count: 1, target: b, checksum: md5}\n"
        "  - {id: c, count: 1, target: c, checksum: md5}\nworkload:\n"
        "  - {op: put, dataset: a, target: a, checksum: sha256}\n  - {op: put, dataset: b, target: b, checksum: crc32c}\n"
        "  - {op: put, dataset: c, target: c, checksum: md5}\n",
        [
            "w.yaml:3: datasets.0.checksum: az:// does not compare with this one. Write crc64nvme or md5",
            "w.yaml:4: datasets.1.checksum: is not done by client: sdk. Remove it, or write client: lean",
            "w.yaml:5: datasets.2.checksum: file:// compares nothing with it. Remove it; it belongs to s3://, az:// or gs://",
            "w.yaml:7: workload.0.checksum: az:// does not compare with this one. Write crc64nvme or md5",
            "w.yaml:8: workload.1.checksum: is not done by client: sdk. Remove it, or write client: lean",
            "w.yaml:9: workload.2.checksum: file:// has no such thing. Remove it, or keep the line off this target; it belongs to s3://, az:// or gs://",
        ],
    ),
    "checksums of parts on gs": (
        "target: gs://b/\nworkload: [{op: put, path: x/, size: 1GiB, multipart: 16MiB, checksum: md5}]\n",
        ["w.yaml:2: workload.0.checksum: is not done on gs:// for objects in parts. Remove it, or multipart:"],
    ),
    "checksums behind bodies": (
        "targets: [{uri: 'az://acc/box/', name: a}, {uri: 's3://b/', name: b, payload_signing: signed}, {uri: 's3://c/', name: c}, {uri: 's3://d/', name: d, anonymous: true}]\n"
        "workload:\n  - {op: put, size: 1, target: a, path: x/, checksum: {algorithm: md5, send: trailer}}\n"
        "  - {op: put, size: 1, target: b, path: x/, checksum: {algorithm: crc32, send: trailer}}\n"
        "  - {op: put, size: 1, target: c, path: x/, checksum: {algorithm: md5, send: trailer}}\n"
        "  - {op: put, size: 1, target: d, path: x/, checksum: {algorithm: crc32, send: trailer}}\n",
        [
            "w.yaml:3: workload.0.checksum.send: az:// takes no checksum behind a body. Write send: header",
            "w.yaml:4: workload.1.checksum.send: what is told behind a body is not in its signature, and the target says payload_signing: signed. Write send: header, or payload_signing: unsigned",
            "w.yaml:5: workload.2.checksum.send: md5 goes in the head alone. Write send: header, or another algorithm",
            "w.yaml:6: workload.3.checksum.send: anonymous requests have no place for it. Write send: header",
        ],
    ),
    "checksums that are none": (
        "target: s3://b/\nworkload:\n  - {op: put, size: 1, path: x/, checksum: crc16}\n  - {op: put, size: 1, path: y/, checksum: {send: trailer}}\n",
        [
            "w.yaml:3: workload.0.checksum: 'crc16' is not known here. Did you mean 'crc32'? Write crc32, crc32c, crc64nvme, md5, sha1 or sha256",
            "w.yaml:4: workload.1.checksum.algorithm: is missing. Write which checksum, such as algorithm: crc32c",
        ],
    ),
    "versions that nobody keeps": (
        "target: s3://b/\ndataset: {count: 1}\nworkload:\n  - {op: get, versions: true, range: {size: 1}}\n"
        "  - {op: delete, path: new/, versions: true}\n  - {op: put}\n",
        [
            "w.yaml:4: workload.0.versions: needs a bucket that keeps versions. Write versioned: true at its target",
            "w.yaml:4: workload.0.range: has no meaning for single versions, of which any one is taken. Remove it",
            "w.yaml:5: workload.1.versions: needs a bucket that keeps versions. Write versioned: true at its target",
            "w.yaml:5: workload.1.versions: no put of this workload writes versions there. Add a put with the same path, or over the same data set",
        ],
    ),
    "what versions are kept of": (
        "target: {uri: 's3://b/', versioned: true}\ndataset: {count: 1, size: 1GiB, multipart: 16MiB}\nworkload:\n"
        "  - {op: put, path: a/, size: 1GiB, multipart: 16MiB}\n  - {op: delete, path: a/, batch: 10}\n  - {op: get, verify: checksum, versions: true}\n  - {op: put}\n",
        [
            "w.yaml:2: dataset.multipart: is not done where versions are kept. Remove it",
            "w.yaml:4: workload.0.multipart: is not done where versions are kept. Remove it",
            "w.yaml:5: workload.1.batch: is not done where versions are kept. Remove it",
            "w.yaml:6: workload.2.verify: is not done for single versions. Remove it",
        ],
    ),
    "versions through the SDK": (
        "target: {uri: 's3://b/', versioned: true, client: sdk}\nworkload: [{op: put, size: 1}]\n",
        ["w.yaml:1: target.versioned: is not done by client: sdk. Remove it, or write client: lean"],
    ),
    "versions of files": (
        "target: {uri: 'file:///d/', versioned: true}\ndataset: {count: 1}\nworkload: [{op: get, versions: true}, {op: put}]\n",
        [
            "w.yaml:1: target.versioned: has no effect on file://. Remove it; it belongs to s3://, az:// or gs://",
            "w.yaml:3: workload.0.versions: file:// has no such thing. Remove it, or keep the line off this target; it belongs to s3://, az:// or gs://",
        ],
    ),
    "too large a page": (
        "target: s3://b/\nworkload: [{op: list, max_keys: 1001}, {op: list, max_keys: 1000}]\n",
        [
            "w.yaml:2: workload.0.max_keys: 1001 keys, and s3:// gives 1000 at most in one page. Write 1000 or less",
        ],
    ),
}


@pytest.mark.parametrize("text, messages", BROKEN.values(), ids=BROKEN.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert faults(text) == messages


def test_what_goes_with_an_object_goes_with_one_in_parts_too() -> None:
    line = {"op": "put", "size": "1GiB", "path": "a/", "multipart": "16MiB"}
    rich = line | {"metadata": {"a": "b"}, "tags": {"c": "d"}, "storage_class": "Cool", "checksum": "md5"}
    data = {"count": 1, "size": "1GiB", "multipart": "16MiB", "checksum": "md5"}
    load_mapping({"target": "az://acc/box/", "dataset": data, "workload": [rich, {"op": "put", "if_match": "etag"}]})
    load_mapping({"target": "gs://box/", "workload": [line | {"content_type": "x/y", "if_none_match": "*"}]})
