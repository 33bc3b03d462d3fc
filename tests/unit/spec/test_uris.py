"""Targets that a workload may name are targets that the stores can open."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3bench_tui.errors import ConfigError
from s3bench_tui.spec import vocabulary
from s3bench_tui.spec.loading import load_mapping
from s3bench_tui.stores import uri

schemes = st.sampled_from(["s3:", "az:", "gs:", "file:", "direct:", "null:", "S3:", "", "s4:"])
rests = st.text("ab/.:-_~@?# *%{}\n0é", max_size=10)
slashes = st.sampled_from(["", "/", "//", "///", "////"])


@example("null:", "//", "#@")
@given(schemes, slashes, rests)
@settings(max_examples=150, deadline=None)
def test_every_uri_that_loads_can_be_opened(scheme: str, slash: str, rest: str) -> None:
    text = f"{scheme}{slash}{rest}"
    try:
        loaded = load_mapping({"target": text, "workload": [{"op": "list"}]})
    except ConfigError:
        return
    parsed = uri.parse(loaded.workload.targets[0].uri)
    assert parsed.scheme == vocabulary.scheme_of(text)
    assert parsed.root


@given(
    st.sampled_from(["s3", "gs", "file", "direct", "null"]),
    st.from_regex(r"[a-z0-9]{3,9}(/[a-z0-9. ]{1,5}[a-z]){0,2}/?", fullmatch=True),
)
@settings(max_examples=100, deadline=None)
def test_ordinary_uris_load(scheme: str, rest: str) -> None:
    text = f"{scheme}:///{rest}" if scheme in ("file", "direct") else f"{scheme}://{rest}"
    assert load_mapping({"target": text, "workload": [{"op": "list"}]}).workload.targets[0].uri == text


def test_schemes_are_those_of_the_stores() -> None:
    assert set(vocabulary.SCHEMES) == set(uri.FORMS)
