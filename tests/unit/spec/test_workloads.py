"""The workloads that come with the program, and their documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from s3bench_tui.report.outline import outline
from s3bench_tui.spec import vocabulary
from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.loading import load_mapping, load_workload
from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.target import Target
from s3bench_tui.spec.model.workload import Load
from s3bench_tui.spec.schema import schema_text
from s3bench_tui.spec.text.source import names_a_secret
from s3bench_tui.stores import outcome

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "workloads").glob("*.yaml"))
SEED = sorted((ROOT / "workloads" / "s3-bench").glob("*.yaml"))
SCHEMA = json.loads((ROOT / "docs" / "workload.schema.json").read_text("utf-8"))
MODELS = Model.__subclasses__()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 15


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
class TestExample:
    def test_loads_without_a_warning(self, file: Path) -> None:
        assert load_workload(file, environ={}).warnings == ()

    def test_passes_the_schema(self, file: Path) -> None:
        jsonschema.Draft202012Validator(SCHEMA).validate(yaml.safe_load(file.read_text("utf-8")))

    def test_names_the_schema_for_editors_and_explains_itself(self, file: Path) -> None:
        head, *rest = file.read_text("utf-8").splitlines()
        assert head == "# yaml-language-server: $schema=../docs/workload.schema.json"
        assert sum(line.startswith("# ") for line in rest) >= 1

    def test_its_effective_configuration_loads_to_the_same(self, file: Path) -> None:
        workload = load_workload(file, environ={}).workload
        data = json.loads(json.dumps(as_dict(workload)))
        assert load_mapping(data).workload == workload
        jsonschema.Draft202012Validator(SCHEMA).validate(data)


@pytest.mark.parametrize("file", [*EXAMPLES, *SEED], ids=lambda file: file.stem)
def test_every_example_has_a_plan(file: Path) -> None:
    text = outline(load_workload(file, environ={}))
    assert "this is the plan; nothing was touched" in text


def test_every_example_is_listed_once_with_what_it_shows() -> None:
    text = (ROOT / "docs" / "workloads.md").read_text("utf-8")
    listed = re.findall(r"^\| \[(\S+)\]\(\.\./workloads/(\S+)\) \|", text, re.MULTILINE)
    there = [str(file.relative_to(ROOT / "workloads")) for file in [*EXAMPLES, *SEED]]
    assert all(name == file for name, file in listed)
    assert sorted(name for name, _ in listed) == sorted(there)


def test_quickstart_uses_the_temporary_directory() -> None:
    file = ROOT / "workloads" / "quickstart.yaml"
    assert (
        load_workload(file, environ={"TMPDIR": "/scratch"}).workload.targets[0].uri
        == "file:///scratch/s3bench-quickstart/"
    )
    assert load_workload(file, environ={}).workload.targets[0].uri == "file:///tmp/s3bench-quickstart/"


def test_the_published_schema_is_that_of_the_model() -> None:
    assert (ROOT / "docs" / "workload.schema.json").read_text("utf-8") == schema_text()


@pytest.mark.parametrize("described", MODELS, ids=lambda described: described.__name__)
def test_every_key_is_documented(described: type[Model]) -> None:
    text = (ROOT / "docs" / "workload.md").read_text("utf-8")
    missing = [name for name in described.model_fields if f"`{name}`" not in text]
    assert not missing, f"docs/workload.md does not mention {missing} of {described.__name__}"


def test_every_word_is_documented() -> None:
    text = (ROOT / "docs" / "workload.md").read_text("utf-8")
    words = [*vocabulary.SCHEMES, *vocabulary.LINE_KEYS, *vocabulary.ERROR_CLASSES, "zipf", "sequential", "lognormal"]
    assert [word for word in words if word not in text] == []


def test_examples_in_the_documentation_load() -> None:
    blocks = (ROOT / "docs" / "workload.md").read_text("utf-8").split("```yaml\n")[1:]
    whole = [block.split("```")[0] for block in blocks if "target" in block.split("```")[0]]
    assert whole
    for text in whole:
        data = yaml.safe_load(text)
        data.setdefault("workload", [{"op": "list"}])
        load_mapping(data)


def test_vocabulary_covers_the_model() -> None:
    keys = {key for known in vocabulary.TARGET_KEYS.values() for key in known} | set(vocabulary.COMMON_TARGET_KEYS)
    assert keys == set(Target.model_fields)
    keys = {key for known in vocabulary.LINE_KEYS.values() for key in known} | set(vocabulary.COMMON_LINE_KEYS)
    assert keys == set(OperationSpec.model_fields)
    assert set(vocabulary.OPEN_LOOP_KEYS) == set(Load.model_fields) - {"model"}


def test_no_known_key_looks_like_a_secret() -> None:
    assert [name for each in MODELS for name in each.model_fields if names_a_secret(name)] == []


def test_error_classes_are_those_of_outcomes() -> None:
    for name in vocabulary.ERROR_CLASSES:
        assert outcome.name_of(outcome.number_of(name)) == name
    named = {outcome.name_of(number) for number in range(1, 100) if number in outcome._NAMES}
    assert named == set(vocabulary.ERROR_CLASSES)
