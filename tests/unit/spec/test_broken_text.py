"""Files that are not YAML, or hold what no workload may hold: every message, in full."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BROKEN = {
    "empty": (
        "",
        ["w.yaml: is empty. Write at least target: and workload:; workloads/quickstart.yaml shows how"],
    ),
    "only a comment": (
        "# nothing\n",
        ["w.yaml: is empty. Write at least target: and workload:; workloads/quickstart.yaml shows how"],
    ),
    "a list": (
        "- op: get\n",
        ["w.yaml:1: is not a mapping of keys. Write key: value lines, such as target: s3://bucket/"],
    ),
    "a word": (
        "hello\n",
        ["w.yaml:1: is not a mapping of keys. Write key: value lines, such as target: s3://bucket/"],
    ),
    "tab": (
        "target: null://x/\nworkload:\n\t- {op: get}\n",
        ["w.yaml:3: a tab stands where only spaces may. Indent with spaces"],
    ),
    "unclosed quote": (
        'target: null://x/\nname: "x\nworkload: [{op: stat, path: a}]\n',
        ["w.yaml:2: a quote that was opened is not closed. Add the missing quote"],
    ),
    "unclosed brace": (
        "target: null://x/\nworkload: [{op: get, path: a]\n",
        [
            "w.yaml:2: a '{' that was opened is not closed, or a ',' is missing. Check the braces, and put a text that contains { or } in quotes"
        ],
    ),
    "unclosed bracket": (
        "target: null://x/\nworkload: [{op: get, path: a}\n",
        ["w.yaml:3: a '[' that was opened is not closed, or a ',' is missing. Check the brackets"],
    ),
    "two colons": (
        "target: null://x/\nname: a: b\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:2: a ':' stands where none may. Check the indentation of this line and the one above, and put a text that contains ': ' in quotes"
        ],
    ),
    "indentation": (
        "target: null://x/\n  duration: 5s\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:2: a ':' stands where none may. Check the indentation of this line and the one above, and put a text that contains ': ' in quotes"
        ],
    ),
    "no colon": (
        "target: null://x/\nduration\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:3: a key has no ':' after it. Write key: value"],
    ),
    "list indentation": (
        "target: null://x/\nworkload:\n  - {op: stat, path: a}\n - {op: get, path: a}\n",
        [
            "w.yaml:4: this line does not fit the indentation of the keys above. Give keys of one mapping the same indentation"
        ],
    ),
    "undefined alias": (
        "target: null://x/\nname: *x\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:2: an alias (*name) has no anchor (&name) before it. Define it first, or put a text that starts with * in quotes"
        ],
    ),
    "glob without quotes": (
        "target: null://x/\nworkload:\n  - op: get\n    path: *.dat\n",
        ["w.yaml:4: a text starts with *, which in YAML means an alias. Put the text in quotes"],
    ),
    "percent": (
        "target: null://x/\nname: %x\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:2: a text starts with a character that means something else in YAML. Put the text in quotes"],
    ),
    "at sign": (
        "target: null://x/\nname: @x\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:2: a text starts with a character that means something else in YAML. Put the text in quotes"],
    ),
    "two documents": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\n---\ntarget: null://x/\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:3: a second document starts here. Keep one workload in one file"],
    ),
    "tag": (
        "target: null://x/\nname: !!python/object:os.system x\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:2: name: the tag '!!python/object:os.system' means nothing here. Remove it"],
    ),
    "int tag": (
        "target: null://x/\nconcurrency: !!int 5\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:2: concurrency: the tag '!!int' means nothing here. Remove it"],
    ),
    "control character": (
        "target: null://x/\nname: a\u0001b\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:2: the character U+0001 cannot stand in YAML. Remove it"],
    ),
    "key twice": (
        "target: null://x/\nworkload: [{op: stat, path: a}]\nduration: 5s\nduration: 6s\n",
        ["w.yaml:4: duration: stands twice, first in line 3. Keep one of them"],
    ),
    "key twice in a line of the mix": (
        "target: null://x/\nworkload: [{op: stat, op: get, path: a}]\n",
        ["w.yaml:2: workload.0.op: stands twice, first in line 2. Keep one of them"],
    ),
    "list as key": (
        "target: null://x/\n? [a]\n: b\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:2: a key must be a plain word. Write key: value"],
    ),
    "merge of a text": (
        "target: null://x/\n<<: text\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:2: << takes a mapping. Write <<: *name of an anchored mapping"],
    ),
    "alias in itself": (
        "target: null://x/\nworkload: &a [*a]\n",
        ["w.yaml: an alias stands inside of what it refers to. Write the values out"],
    ),
    "alias bomb": (
        "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n",
        ["w.yaml: aliases make more than 100,000 values of this text. Write the values out"],
    ),
    "deep": (
        "a: " + "[" * 3000 + "]" * 3000,
        ["w.yaml: is nested too deeply. A workload needs fewer than ten levels"],
    ),
    "too large": (
        "# " + "x" * (1 << 20),
        ["w.yaml: is larger than 1 MiB. A workload file is a few lines of YAML"],
    ),
    "unset variable": (
        "target: s3://${BUCKET}/\nworkload: [{op: stat, path: a}]\n",
        ["w.yaml:1: target: the environment variable BUCKET is not set. Set it, or write ${BUCKET:-default}"],
    ),
    "secret variable": (
        "target: {uri: 's3://b/', profile: '${AWS_SECRET_ACCESS_KEY}'}\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target.profile: ${AWS_SECRET_ACCESS_KEY} would put a secret into the workload. Leave it out; credentials come from the vendor's own chain (environment, profile, instance)"
        ],
    ),
    "malformed variable": (
        "target: null://${}/\nworkload: [{op: stat, path: a}]\n",
        [
            "w.yaml:1: target: '${' does not start a variable. Write ${NAME} or ${NAME:-default}, and $${ for the characters themselves"
        ],
    ),
}


@pytest.mark.parametrize("text, messages", BROKEN.values(), ids=BROKEN.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert faults(text) == messages


def test_no_message_repeats_a_secret() -> None:
    said = "\n".join(message for _, messages in BROKEN.values() for message in messages)
    assert "hunter2" not in said
    assert "AKIASECRET" not in said
