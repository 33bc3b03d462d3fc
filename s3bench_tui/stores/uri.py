"""Target URIs: `s3://bucket/prefix/`, `az://account/container/prefix/`, `gs://bucket/prefix/`, `file:///dir/`,
`direct:///dir/`, `null://name/`.

Pure text: looks at no file system, expands neither `~` nor variables, and knows nothing of the backends.
URIs are not percent-decoded: a `%` in a prefix is a `%` in the keys.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

FORMS = {"s3": "bucket", "az": "container", "gs": "bucket", "file": "directory", "direct": "directory", "null": "name"}
"""Scheme -> what its root is."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(/*)(.*)", re.DOTALL)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(:[A-Za-z0-9._-]+)?")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_CONTAINER = re.compile(r"\$(root|web|logs)|(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Uri:
    """A target's place: keys are `prefix` + relative key, within `root` (bucket, `account/container`, directory or name)."""

    scheme: str
    root: str
    prefix: str = ""
    """Empty, or ends in `/`. Always empty for directories: there the root is the whole path."""

    def __str__(self) -> str:
        root = self.root if FORMS[self.scheme] == "directory" and self.root.endswith("/") else f"{self.root}/"
        return f"{self.scheme}://{root}{self.prefix}"


def parse(text: str) -> Uri:
    """The parts of a target URI; ValueError says what would be right, and never repeats what may be a secret."""
    if "@" in text.split("://", 1)[-1].split("/", 1)[0]:
        raise ValueError(
            "a target URI carries no user name or password; credentials come from the environment or a profile"
        )
    if "?" in text:
        raise ValueError("a target URI has no query (`?...`); credentials come from the environment or a profile")
    if _CONTROL.search(text):
        raise ValueError(f"{text!r} holds a control character; write the target without it")
    match = _SCHEME.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} has no scheme; {_without_scheme(text)}")
    scheme, slashes, rest = match[1].lower(), match[2], match[3]
    if scheme not in FORMS:
        near = difflib.get_close_matches(scheme, FORMS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}://?" if near else f"write one of {', '.join(f'{known}://' for known in FORMS)}"
        raise ValueError(f"{text!r} has the unknown scheme {scheme}://; {hint}")
    form = FORMS[scheme]
    if form == "directory":
        return Uri(scheme, _directory(text, scheme, slashes, rest))
    if len(slashes) < 2:
        raise ValueError(f"{text!r} lacks the two slashes; write {scheme}://{rest}")
    if len(slashes) > 2 and form == "bucket":
        raise ValueError(f"{text!r} names no bucket; write {scheme}://bucket/prefix/")
    root, _, prefix = (slashes[2:] + rest).partition("/")
    if form == "container":
        container, _, prefix = prefix.partition("/")
        _check_container(text, root, container)
        root = f"{root}/{container}"
    if form == "bucket":
        _check_bucket(text, scheme, root)
    return Uri(scheme, root, prefix if prefix.endswith("/") or not prefix else f"{prefix}/")


def _without_scheme(text: str) -> str:
    return (
        f"write file://{text}"
        if text.startswith("/")
        else "write for example s3://bucket/prefix/ or file:///directory/"
    )


def _directory(text: str, scheme: str, slashes: str, rest: str) -> str:
    if rest.startswith("~"):
        raise ValueError(f"{text!r}: `~` is not expanded here; write the directory's whole path")
    if len(slashes) == 2 and rest:
        raise ValueError(
            f"{text!r} has two slashes where an absolute path needs three; write {scheme}:///{rest.removeprefix('localhost/')}"
        )
    if len(slashes) != 3:
        raise ValueError(f"{text!r} is not an absolute path; write {scheme}:///{rest or 'directory/'}")
    if not rest:
        raise ValueError(f"{text!r} is the root of the whole system; write a directory, {scheme}:///directory/")
    if ".." in rest.split("/"):
        raise ValueError(f"{text!r} holds `..`; write the directory's own path")
    return "/" + rest.rstrip("/")


def _check_bucket(text: str, scheme: str, bucket: str) -> None:
    if not bucket:
        raise ValueError(f"{text!r} names no bucket; write {scheme}://bucket/prefix/")
    name, _, port = bucket.partition(":")
    if port.isdigit():
        raise ValueError(
            f"{text!r} names a server, {name} at port {port}; write {scheme}://bucket/ and the server under `endpoint`"
        )
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f"{bucket!r} cannot be a bucket; buckets are letters, digits, `.`, `-` and `_`")


def _check_container(text: str, account: str, container: str) -> None:
    if not account or not container:
        raise ValueError(f"{text!r} names no container; write az://account/container/prefix/")
    if "." in account or ":" in account:
        raise ValueError(
            f"{text!r} names a server, {account}; write az://account/container/ and the server under `endpoint`"
        )
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(f"{account!r} cannot be an account; accounts are 3 to 24 lower-case letters and digits")
    if not _CONTAINER.fullmatch(container):
        raise ValueError(
            f"{container!r} cannot be a container; containers are 3 to 63 lower-case letters, digits and single hyphens"
        )
