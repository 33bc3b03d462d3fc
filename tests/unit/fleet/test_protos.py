"""What protoc made of the .proto files is what it would make of them now."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[3]
PROTOS = sorted((ROOT / "s3bench_tui/fleet/protos").glob("*.proto"))


@pytest.mark.parametrize("proto", PROTOS, ids=lambda path: path.stem)
def test_generated_code_is_up_to_date(proto: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    name = str(proto.relative_to(ROOT))
    assert protoc.main(["", f"-I{ROOT}", f"--descriptor_set_out={out}", str(proto)]) == 0
    fresh = next(
        file for file in descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file if file.name == name
    )
    for message in fresh.message_type:
        for each in message.field:
            each.ClearField("json_name")  # protoc writes it, generated code leaves it out
    committed = descriptor_pb2.FileDescriptorProto()
    importlib.import_module(f"s3bench_tui.fleet.protos.{proto.stem}_pb2").DESCRIPTOR.CopyToProto(committed)
    for message in committed.message_type:
        for each in message.field:
            each.ClearField("json_name")
    assert committed == fresh, "see CONTRIBUTING.md for how to generate it"


@pytest.mark.parametrize("proto", PROTOS, ids=lambda path: path.stem)
def test_types_are_up_to_date(proto: Path, tmp_path: Path) -> None:
    assert protoc.main(["", f"-I{ROOT}", f"--pyi_out={tmp_path}", str(proto)]) == 0
    made = next(tmp_path.rglob(f"{proto.stem}_pb2.pyi"))
    assert _declared(made) == _declared(proto.with_name(made.name))


def _declared(stub: Path) -> list[str]:
    """Names of classes and of their fields; the rest differs from one protoc to the next."""
    return re.findall(r"^class \w+|\w+_FIELD_NUMBER", stub.read_text(), re.MULTILINE)
