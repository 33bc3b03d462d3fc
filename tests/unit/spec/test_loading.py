"""Files, texts and mappings become workloads; changes of the command line come on top."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3bench_tui.errors import ConfigError, ExitCode
from s3bench_tui.spec.loading import check_workload, load_mapping, load_text, load_workload
from s3bench_tui.spec.model.choosing import FixedSize
from s3bench_tui.spec.model.workload import Workload

BASE = """\
target: s3://bucket/
dataset: {count: 100, size: 1MiB}
workload:
  - {op: get, weight: 60}
  - {op: put, path: out/, size: 4KiB}
"""


def workload_of(text: str, *overrides: str, **environ: str) -> Workload:
    return load_text(text, overrides=overrides, environ=environ).workload


def fault_of(text: str, *overrides: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as raised:
        load_text(text, source="w.yaml", overrides=overrides, environ=environ)
    assert raised.value.exit_code == ExitCode.USAGE
    return str(raised.value)


class TestFiles:
    def test_a_file_is_loaded_and_remembered(self, tmp_path: Path) -> None:
        file = tmp_path / "w.yaml"
        file.write_text(BASE)
        loaded = load_workload(file)
        assert loaded.source == str(file)
        assert loaded.workload.datasets
        assert loaded.workload.datasets[0].count == 100

    def test_a_byte_order_mark_is_no_part_of_the_text(self, tmp_path: Path) -> None:
        file = tmp_path / "w.yaml"
        file.write_bytes(b"\xef\xbb\xbf" + BASE.encode())
        assert load_workload(file).workload.targets[0].uri == "s3://bucket/"

    @pytest.mark.parametrize(
        "content, message",
        [
            (None, "there is no such file. Check the path"),
            (BASE.encode("utf-16"), "is not UTF-8 text. Save it as UTF-8"),
            (b"name: a\nname: \xff", "is not UTF-8 text. Save it as UTF-8"),
        ],
    )
    def test_what_cannot_be_read_is_said(self, tmp_path: Path, content: bytes | None, message: str) -> None:
        file = tmp_path / "w.yaml"
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(ConfigError) as raised:
            load_workload(file)
        assert message in str(raised.value)
        assert str(raised.value).startswith(str(file))

    def test_a_directory_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"is a directory\. Give the path of a workload file"):
            load_workload(tmp_path)

    def test_a_name_that_no_file_can_have(self) -> None:
        with pytest.raises(ConfigError, match="cannot be read"):
            load_workload("a\0b")

    def test_the_ca_file_is_relative_to_the_workload(self, tmp_path: Path) -> None:
        file = tmp_path / "w.yaml"
        file.write_text(BASE.replace("target: s3://bucket/", "target: {uri: s3://b/, tls: {ca_file: ca.pem}}"))
        assert load_workload(file).workload.targets[0].tls.ca_file == str(tmp_path / "ca.pem")

    def test_the_key_file_is_relative_to_the_workload(self, tmp_path: Path) -> None:
        file = tmp_path / "w.yaml"
        sealed = "{uri: s3://b/, encryption: {type: sse-c, key_file: keys/mine}}"
        file.write_text(BASE.replace("target: s3://bucket/", f"target: {sealed}"))
        found = load_workload(file).workload.targets[0].encryption
        assert found is not None and found.key_file == str(tmp_path / "keys/mine")

    def test_an_absolute_ca_file_stays(self) -> None:
        text = BASE.replace("target: s3://bucket/", "target: {uri: s3://b/, tls: {ca_file: /etc/ca.pem}}")
        assert workload_of(text).targets[0].tls.ca_file == "/etc/ca.pem"


class TestYaml:
    def test_words_of_yaml_1_1_are_texts(self) -> None:
        assert workload_of("name: no\n" + BASE).name == "no"
        assert workload_of("name: 1:30\n" + BASE).name == "1:30"
        assert workload_of("name: 2026-01-01\n" + BASE).name == "2026-01-01"

    @pytest.mark.parametrize("written, seed", [("0x10", 16), ("0o10", 8), ("1e3", 1000), ("10_000", 10000), ("'7'", 7)])
    def test_numbers(self, written: str, seed: int) -> None:
        assert workload_of(f"seed: {written}\n" + BASE).seed == seed

    def test_aliases_and_merges(self) -> None:
        text = """\
targets:
  - &one {uri: s3://a/, region: here, share: 2}
  - {<<: *one, uri: s3://b/}
  - {<<: [{share: 5}, *one], uri: s3://c/}
workload: [{op: list}]
"""
        first, second, third = workload_of(text).targets
        assert (first.region, second.region, third.region) == ("here", "here", "here")
        assert (second.uri, second.share, third.share) == ("s3://b/", 2.0, 5.0)

    def test_problems_in_merged_keys_point_to_where_they_were_written(self) -> None:
        text = "targets:\n  - &one {uri: s3://a/, fsync: true}\n  - {<<: *one, uri: s3://b/}\nworkload: [{op: list}]\n"
        assert fault_of(text).splitlines() == [
            "w.yaml:2: targets.0.fsync: has no effect on s3://. Remove it; it belongs to file:// or direct://",
            "w.yaml:2: targets.1.fsync: has no effect on s3://. Remove it; it belongs to file:// or direct://",
        ]

    def test_problems_have_columns(self) -> None:
        with pytest.raises(ConfigError) as raised:
            load_text(BASE.replace("weight: 60", "weight: x"))
        assert [(problem.line, problem.column) for problem in raised.value.problems] == [(4, 15)]


class TestVariables:
    def test_values_come_from_the_environment(self) -> None:
        workload = workload_of("concurrency: ${N}\nname: a ${X:-b} ${N}\n" + BASE, N="7")
        assert (workload.concurrency, workload.name) == (7, "a b 7")

    def test_an_empty_variable_takes_its_default(self) -> None:
        assert workload_of("name: ${X:-b}\n" + BASE, X="").name == "b"

    def test_the_value_of_a_variable_is_no_yaml(self) -> None:
        assert workload_of("name: ${X}\n" + BASE, X="{a: b} # c\nseed: 9").name == "{a: b} # c\nseed: 9"

    def test_numbers_and_booleans_from_variables(self) -> None:
        text = "target: {uri: s3://b/, share: '${S}', anonymous: true}\nworkload:\n  - op: list\n    weight: ${W}\n"
        assert "targets.0.share" not in fault_of(text, S="2", W="3")
        assert workload_of(text.replace("'${S}'", "2"), W="3").workload[0].weight == 3.0

    def test_the_characters_themselves(self) -> None:
        assert workload_of("name: $${X} $5\n" + BASE).name == "${X} $5"

    def test_mappings_take_nothing_from_the_environment(self) -> None:
        data = {"name": "${HOME}", "target": "null://x/", "workload": [{"op": "list"}]}
        assert load_mapping(data).workload.name == "${HOME}"


class TestOverrides:
    def test_values_are_yaml(self) -> None:
        workload = workload_of(BASE, "concurrency=5", "dataset.size={type: uniform, min: 1, max: 2}", "name=a=b")
        assert workload.concurrency == 5
        assert workload.name == "a=b"
        assert workload.datasets
        assert workload.datasets[0].size.type == "uniform"

    def test_entries_of_lists_go_by_index(self) -> None:
        workload = workload_of(BASE, "workload.0.weight=5", "workload.2={op: list}")
        assert [line.weight for line in workload.workload] == [5.0, 1.0, 1.0]

    def test_mappings_are_made_where_there_are_none(self) -> None:
        assert workload_of(BASE, "stop.ops=10").stop.ops == 10

    def test_short_forms_become_long_ones(self) -> None:
        workload = workload_of(BASE.replace("weight: 60", "keys: zipf"), "target.region=x", "workload.0.keys.theta=1.5")
        assert (workload.targets[0].uri, workload.targets[0].region) == ("s3://bucket/", "x")
        assert (workload.workload[0].keys.choice, workload.workload[0].keys.theta) == ("zipf", 1.5)

    def test_a_target_replaces_the_list_and_the_list_the_target(self) -> None:
        several = BASE.replace("target: s3://bucket/", "targets: [s3://a/, s3://b/]")
        assert [target.uri for target in workload_of(several, "target=null://x/").targets] == ["null://x/"]
        assert len(workload_of(BASE, "targets=[null://x/, null://y/]").targets) == 2

    def test_later_ones_win_and_shortcuts_win_over_all(self) -> None:
        loaded = load_text(BASE, overrides=["duration=1s", "duration=2s"], shortcuts={"concurrency": "9"}, environ={})
        assert (loaded.workload.duration, loaded.workload.concurrency) == (2_000_000_000, 9)
        shortcut = load_text(BASE, overrides=["duration=1s"], shortcuts={"duration": "3s"}, environ={})
        assert shortcut.workload.duration == 3_000_000_000

    @pytest.mark.parametrize(
        "override, message",
        [
            ("duration", "--set: duration is not key.path=value. Write --set key.path=value, such as --set workload.0.weight=5"),
            ("=5", "--set: the text is not key.path=value. Write --set key.path=value, such as --set workload.0.weight=5"),
            ("a..b=5", "--set: the text is not key.path=value. Write --set key.path=value, such as --set workload.0.weight=5"),
            ("secret_key", "--set: the text is not key.path=value. Write --set key.path=value, such as --set workload.0.weight=5"),
            ("workload.9.weight=5", "--set: workload.9: is not in that list. Entries go by index, from 0 on: workload.0.weight"),
            ("workload.get.weight=5", "--set: workload.get: is not in that list. Entries go by index, from 0 on: workload.0.weight"),
            ("workload.9={op: get}", "--set: workload.9: is not in that list. Entries go by index, from 0 on: workload.0.weight"),
            ("dataset.count.x=5", "--set: dataset.count: is a single value, which has no keys. Set it as a whole"),
            ("concurrency=many", "--set: concurrency: 'many' is not a count. Write for example 10000, 10,000 or 10_000"),
            ("concurrency=", "--set: concurrency: has no value. Write one, or remove the key"),
            ("dataset.cuont=5", "--set: dataset.cuont: is not a known key. Did you mean 'count'? Known here: id, target, count, size, prefix, name, shards, tree, create, payload, multipart, checksum"),
            ("name='x", "--set: name: in the value, a quote that was opened is not closed. Add the missing quote"),
            ("name=${X}", "--set: name: the environment variable X is not set. Set it, or write ${X:-default}"),
            ("target.secret_key=hunter2", "--set: target.secret_key: holds a secret, which has no place in a workload. Remove it; credentials come from the vendor's own chain (environment, profile, instance)"),
            ("stop.opps=5", "--set: stop.opps: is not a known key. Did you mean 'ops'? Known here: ops, bytes, each_key"),
            ("workload.2.weight=5", "--set: workload.2: is not in that list. Entries go by index, from 0 on: workload.0.weight"),
            ("target=s3://AKIASECRET:hunter2@b/", "--set: target.uri: holds credentials in the URI. Remove it; credentials come from the vendor's own chain (environment, profile, instance)"),
            ("target.endpoint=host", "--set: target.endpoint: 'host' has neither http:// nor https://. Write https://host"),
            ("0.a.b=1", "--set: 0: is not a known key. Known here: target, dataset, name, targets, duration, warmup, stop, drain, concurrency, processes, seed, datasets, workload, payload, load, errors, schedule, post_prepare_delay, cleanup, cleanup_mode, operation_timeout, connect_timeout, thresholds, outputs, fleet"),
        ],
    )  # fmt: skip
    def test_every_message_is_exact(self, override: str, message: str) -> None:
        assert fault_of(BASE, override) == message

    def test_a_shortcut_is_called_by_its_option(self) -> None:
        with pytest.raises(ConfigError) as raised:
            load_text(BASE, shortcuts={"duration": "soon"})
        expected = "--duration: duration: 'soon' is not a duration. Write for example 500ms, 30s, 2m or 1h30m"
        assert str(raised.value) == expected


class TestMappings:
    def test_tuples_and_numbers(self) -> None:
        data = {"target": "null://x/", "duration": 1.5, "workload": ({"op": "put", "size": 4096},)}
        workload = load_mapping(data).workload
        assert (workload.duration, workload.workload[0].size) == (1_500_000_000, FixedSize(size=4096))

    def test_problems_have_keys_and_no_lines(self) -> None:
        with pytest.raises(ConfigError) as raised:
            load_mapping({"target": "null://x/", "workload": [{"op": "get"}]})
        hint = "Add dataset: {count: 1000, size: 1MiB}, or a path:"
        assert str(raised.value) == f"workload.0: get has no path, and there is no data set. {hint}"

    def test_a_mapping_in_itself(self) -> None:
        data: dict[str, object] = {"target": "null://x/"}
        data["workload"] = data
        with pytest.raises(ConfigError, match="is nested too deeply"):
            load_mapping(data)

    def test_overrides(self) -> None:
        data = {"target": "null://x/", "workload": [{"op": "list"}]}
        assert load_mapping(data, overrides=["concurrency=3"]).workload.concurrency == 3
        assert "concurrency" not in data

    def test_a_workload_built_as_an_object_is_checked(self) -> None:
        with pytest.raises(ConfigError, match="get has no path"):
            check_workload(Workload.model_validate({"targets": ["null://x/"], "workload": [{"op": "get"}]}))
        built = Workload.model_validate({"targets": ["null://x/"], "workload": [{"op": "list"}]})
        assert check_workload(built).workload.workload[0].name == "list"


WARNINGS = {
    "limit above the slots": (
        "concurrency: 4\n" + BASE.replace("weight: 60", "concurrency: 8"),
        "w.yaml:5: workload.0.concurrency: limits to 8, but there are only 4 slots. Remove it, or raise the top-level concurrency",
    ),
    "more workers than slots": (
        "concurrency: 4\nprocesses: 8\n" + BASE,
        "w.yaml:2: processes: 8 workers share 4 slots, so that some have none. Lower it, or raise concurrency",
    ),
    "once without an end": (
        BASE.replace("weight: 60", "keys: once"),
        "w.yaml:4: workload.0.keys: the line falls silent when it has taken every key, and the run goes on. Add stop: {each_key: once} to end the run there",
    ),
    "deletes beneath the reads": (
        BASE + "  - {op: delete}\n",
        "w.yaml:6: workload.2: delete takes the objects that other lines go over. Give delete a path that a put writes to, if missing objects are not what you want to measure",
    ),
    "empty objects": (
        BASE.replace("1MiB", "0"),
        "w.yaml:2: dataset.size: all objects are empty, so that reads move no bytes. Write a size if bytes matter",
    ),
    "a key that everybody reads": (
        BASE.replace("target: s3://bucket/", "target: {uri: s3://b/, endpoint: 'http://h:9000', encryption: {type: sse-c, key_env: K}}"),
        "w.yaml:1: target.encryption: the key goes over plain http, where anybody on the way can read it. Write https:// in endpoint, or use a key that opens nothing else",
    ),
    "data set of no use": (
        BASE.replace("size: 1MiB", "prefix: data/").replace("op: get, weight: 60", "op: get, path: other/"),
        "w.yaml:2: dataset: no line of the mix uses the data set. Remove path: from a get or stat, or remove dataset:",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text, message", WARNINGS.values(), ids=WARNINGS.keys())
def test_doubts_are_warnings(text: str, message: str) -> None:
    assert [str(warning) for warning in load_text(text, source="w.yaml").warnings] == [message]


def test_faults_of_several_kinds_are_all_said_at_once() -> None:
    text = "durration: 5\n" + BASE.replace("weight: 60", "weight: x") + "load: {rate: 5/s}\nname: ${UNSET}\nname: b\n"
    assert [line.split(":")[1] for line in fault_of(text).splitlines()] == ["1", "5", "7", "8", "9"]
