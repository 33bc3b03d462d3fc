"""The JSON Schema of workload files, for editors: made from the model, so that the two cannot differ.

`python -m s3bench_tui.spec.schema > docs/workload.schema.json` publishes it.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from typing import Any

from annotated_types import Le

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.workload import Workload

SCHEMA_ID = "s3bench-tui/workload/1"

_QUANTITIES = ("Size", "PositiveSize", "Duration", "PositiveDuration", "Count", "PositiveCount", "Rate", "Share")

_VARIABLE = {
    "type": "string",
    "pattern": r"\$\{",
    "description": "A value that an environment variable holds: ${NAME}, or ${NAME:-default}.",
}


def json_schema() -> dict[str, Any]:
    """The schema, draft 2020-12; allows everything that loads, short forms and `${NAME}` among it."""
    quantities: dict[str, Any] = {}
    schema = _with_quantities(Workload.model_json_schema(mode="validation"), quantities)
    definitions = schema["$defs"]
    models = {model.__name__: model for model in Model.__subclasses__()}
    for name in [*definitions, None]:
        _describe(schema if name is None else definitions[name], models[name or "Workload"])
    definitions |= {**quantities, "Variable": _VARIABLE}
    properties = schema["properties"]
    one = {**properties["targets"]["items"], "description": "The one target, in place of targets."}
    data = {**properties["datasets"]["items"], "description": "The one data set, in place of datasets."}
    schema["properties"] = {"name": properties.pop("name"), "target": one, "dataset": data, **properties}
    schema["required"].remove("targets")
    schema["oneOf"] = [{"required": ["target"]}, {"required": ["targets"]}]
    schema["not"] = {"required": ["dataset", "datasets"]}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**head, **schema, "title": "s3bench-tui workload"}


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _describe(schema: dict[str, Any], model: type[Model]) -> None:
    """Give one model's schema its descriptions, defaults as a file writes them, and the choice of `${NAME}`."""
    defaults = model.model_construct().model_dump(mode="json", warnings=False)
    texts = _docstrings(model)
    for name, found in schema["properties"].items():
        found.pop("title", None)
        found.pop("default", None)
        described = _or_variable(found)
        for limit in model.model_fields[name].metadata:
            if isinstance(limit, Le):
                described["maximum"] = limit.le
        if name in texts:
            described["description"] = texts[name]
        if isinstance(defaults.get(name), (str, int, float)):
            described["default"] = defaults[name]
        schema["properties"][name] = described


def _or_variable(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow `${NAME}` where only numbers, booleans or certain words could stand."""
    choices = [_or_variable_inside(choice) for choice in schema.get("anyOf", ())]
    leaves = choices or [schema]
    if any(_takes_any_text(leaf) for leaf in leaves) or not any(_is_scalar(leaf) for leaf in leaves):
        return {**schema, "anyOf": choices} if choices else schema
    variable = {"$ref": "#/$defs/Variable"}
    return {**schema, "anyOf": [*choices, variable]} if choices else {"anyOf": [schema, variable]}


def _or_variable_inside(schema: dict[str, Any]) -> dict[str, Any]:
    values = schema.get("additionalProperties")
    return {**schema, "additionalProperties": _or_variable(values)} if isinstance(values, dict) else schema


def _takes_any_text(schema: dict[str, Any]) -> bool:
    return schema.get("$ref", "").removeprefix("#/$defs/") in _QUANTITIES or (
        schema.get("type") == "string" and "enum" not in schema and "const" not in schema
    )


def _is_scalar(schema: dict[str, Any]) -> bool:
    return schema.get("type") in ("boolean", "number", "integer", "string")


def _with_quantities(schema: Any, definitions: dict[str, Any]) -> Any:
    """`schema` with the kinds of numbers moved into `definitions`, where each is spelt out once."""
    if isinstance(schema, list):
        return [_with_quantities(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("title") in _QUANTITIES and "pattern" in schema:
        spelt = {
            key: value
            for key, value in schema.items()
            if key in ("type", "pattern", "minimum", "exclusiveMinimum", "maximum", "examples", "description")
        }
        definitions[schema["title"]] = spelt
        beside = {key: value for key, value in schema.items() if key not in (*spelt, "title", "default")}
        return {"$ref": f"#/$defs/{schema['title']}", **beside}
    return {key: _with_quantities(value, definitions) for key, value in schema.items()}


def _docstrings(model: type[Model]) -> dict[str, str]:
    """The texts that stand below the attributes of a model."""
    (body,) = ast.parse(inspect.getsource(model)).body
    assert isinstance(body, ast.ClassDef)
    texts = {}
    for before, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and isinstance(after, ast.Expr):
            value = after.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                texts[before.target.id] = " ".join(value.value.split())
    return texts


if __name__ == "__main__":
    sys.stdout.write(schema_text())
