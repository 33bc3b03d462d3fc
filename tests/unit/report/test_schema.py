"""The published schema is the one of the code, and refuses what is no report."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from s3bench_tui.report.build import build
from s3bench_tui.report.schema import json_schema
from tests.unit.report.samples import make_run

DOCS = Path(__file__).parents[3] / "docs"


def test_the_published_file_is_the_schema_of_the_code():
    published = json.loads((DOCS / "report.schema.json").read_text())
    assert published == json_schema(), "write it anew: python -m s3bench_tui.report.schema > docs/report.schema.json"


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "s3bench-tui/report/2"),
        (("status",), "fine"),
        (("total", "ops"), 1.5),
        (("total", "ops"), "17"),
        (("total", "errors"), 3),
        (("ops", "get", "service_ns", "p99"), None),
        (("ops", "get", "service_ns", "p98"), 1),
        (("ops", "get", "sizes", "big"), {}),
        (("phases", 0, "kind"), "other"),
        (("measured_s",), -1),
        (("surprise",), 1),
    ],
)
def test_what_is_no_report_is_refused(path, value):
    report = build(make_run().records).as_dict()
    part = report
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(report)


def test_every_key_is_documented():
    text = (DOCS / "report.md").read_text()
    schema = json_schema()
    names = set(schema["properties"])
    for definition in schema["$defs"].values():
        names |= set(definition["properties"])
    assert sorted(name for name in names if f"`{name}`" not in text) == []
