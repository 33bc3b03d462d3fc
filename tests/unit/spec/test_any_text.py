"""Whatever a file holds, it loads or is refused in the words of this house: nothing else is ever raised."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.errors import ConfigError
from s3bench_tui.spec.loading import load_mapping, load_text

FILES = [file.read_text("utf-8") for file in sorted((Path(__file__).parents[3] / "workloads").glob("*.yaml"))]
DATA = [yaml.safe_load(text.replace("${", "$").replace("}", "}")) for text in FILES if "${" not in text]

MINIMAL = "target: null://x/\nworkload: [{op: list}]\n"

FOREIGN = re.compile(
    r"Input should|pydantic|validation error|Traceback|cannot stand at|yaml\.|<unicode|Field required|See docs"
)
"""Words of the libraries, and those that stand where no sentence was written for a fault."""

junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["uniform", "once", "s3://b/", "${X}"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["op", "type", "size", "name", "x"]), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


def judged(load: Any, value: Any, given: str = "") -> None:
    """Load `value`; a message may repeat what was `given`, and is else free of foreign words."""
    try:
        load(value)
    except ConfigError as error:
        foreign = FOREIGN.search(str(error))
        assert foreign is None or foreign[0] in f"{given}{value}", str(error)
        assert error.problems
        assert all(problem.message for problem in error.problems)


def load(text: str) -> None:
    load_text(text, source="w.yaml", environ={})


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_any_text(text: str) -> None:
    judged(load, text)


@given(st.sampled_from(FILES), st.data())
@settings(max_examples=100, deadline=None)
def test_files_with_typing_errors(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(st.text("abc:-{}[],'\"*&!|>%@#?\n\t $0159.", max_size=6)) + text[end:]
    judged(load, text)


@given(st.sampled_from(DATA), junk, st.data())
@settings(max_examples=150, deadline=None)
def test_any_value_at_any_place(document: dict[str, Any], value: Any, data: st.DataObject) -> None:
    changed: Any = copy.deepcopy(document)
    container = changed
    while True:
        keys = list(container) if isinstance(container, dict) else list(range(len(container)))
        key = data.draw(st.sampled_from(keys))
        inner = container[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            container[key] = value
            break
        container = inner
    judged(load_mapping, changed)


@given(junk)
@settings(max_examples=100, deadline=None)
def test_any_value_from_the_command_line(value: Any) -> None:
    override = "dataset=" + yaml.safe_dump(value, default_flow_style=True).removesuffix("\n...\n")
    judged(lambda text: load_text(text, overrides=[override], environ={}), MINIMAL, override)


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_any_override(override: str) -> None:
    judged(lambda text: load_text(text, overrides=[override], environ={}), MINIMAL, override)
