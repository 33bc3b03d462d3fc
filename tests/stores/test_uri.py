"""Target URIs: what each form means, and what the refusals say (and never repeat)."""

import re

import pytest

from s3bench_tui.stores.uri import FORMS, Uri, parse


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("s3://bucket", Uri("s3", "bucket")),
        ("s3://bucket/", Uri("s3", "bucket")),
        ("s3://bucket/a/b/", Uri("s3", "bucket", "a/b/")),
        ("s3://bucket/a", Uri("s3", "bucket", "a/")),
        ("s3://bucket//a%20 é/", Uri("s3", "bucket", "/a%20 é/")),
        ("s3://tenant:bucket/", Uri("s3", "tenant:bucket")),
        ("S3://bucket/", Uri("s3", "bucket")),
        ("file:///data/x/", Uri("file", "/data/x")),
        ("file:///data/a@b", Uri("file", "/data/a@b")),
        ("direct:///mnt/disk", Uri("direct", "/mnt/disk")),
        ("null://", Uri("null", "")),
        ("null://any/thing/", Uri("null", "any", "thing/")),
    ],
)
def test_parse(text: str, uri: Uri) -> None:
    assert parse(text) == uri
    assert parse(str(uri)) == uri


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no scheme"),
        ("/tmp/x", "write file:///tmp/x"),
        ("bucket/prefix", "s3://bucket/prefix/"),
        ("s4://bucket", "did you mean s3://?"),
        ("flie:///x", "did you mean file://?"),
        ("zzz://x", "write one of s3://, az://, gs://, file://, direct://, null://"),
        ("s3:bucket", "write s3://bucket"),
        ("s3://", "names no bucket"),
        ("s3:///key", "names no bucket"),
        ("s3://localhost:9000/bucket", "`endpoint`"),
        ("s3://b!d/", "cannot be a bucket"),
        ("file://tmp/x", "write file:///tmp/x"),
        ("file://localhost/x", "write file:///x"),
        ("file:/tmp/x", "write file:///tmp/x"),
        ("direct:////tmp/x", "write direct:///tmp/x"),
        ("file://~/x", "not expanded"),
        ("file:///~/x", "not expanded"),
        ("file:///", "root of the whole system"),
        ("file://", "not an absolute path"),
        ("file:///a/../b", "`..`"),
        ("s3://b/a\nb", "control character"),
    ],
)
def test_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "s3://AKIA:hunter2@bucket/x",
        "s3://b/x?X-Amz-Signature=hunter2",
        "hunter2@bucket",
        "file://u:hunter2@h/x?hunter2",
    ],
)
def test_secrets_are_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="environment or a profile") as caught:
        parse(text)
    assert "hunter2" not in str(caught.value)
    assert "AKIA" not in str(caught.value)


def test_every_form_is_known() -> None:
    assert set(FORMS.values()) == {"bucket", "container", "directory", "name"}
