"""Rules about targets: their URIs, the options that each scheme knows, and their share of the slots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from s3bench_tui.spec.effective import slots_of, target_names, target_of
from s3bench_tui.spec.model.choosing import SizeSpec, largest_of
from s3bench_tui.spec.model.multipart import Multipart
from s3bench_tui.spec.model.target import Target, Tls
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.text.wording import CREDENTIALS_HINT, listed, nearest
from s3bench_tui.spec.vocabulary import (
    COMMON_TARGET_KEYS,
    PUT_LIMITS,
    SCHEMES,
    SINGLE_DELETES,
    TARGET_KEYS,
    owners,
    scheme_of,
)
from s3bench_tui.units import format_size, shown

_FORMS = "s3://bucket/prefix/, az://account/container/prefix/, gs://bucket/prefix/, file:///dir/, direct:///dir/ or null://name/"
_USERINFO = re.compile(r"://[^/]*@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(:[A-Za-z0-9._-]+)?")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_CONTAINER = re.compile(r"\$(root|web|logs)|(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_SIGNED = re.compile(r"[?&](sig|x-amz-[a-z-]+|awsaccesskeyid|signature)=", re.IGNORECASE)


def addresses(workload: Workload) -> Iterator[Finding]:
    """Each URI has a scheme that is available, and the form of that scheme."""
    for index, target in enumerate(workload.targets):
        path = ("targets", index, "uri")
        scheme = scheme_of(target.uri)
        if not target.uri.strip():
            yield Finding(path, "is empty", f"Write {_FORMS}")
        elif _USERINFO.search(target.uri) or _SIGNED.search(target.uri):
            yield Finding(path, "holds credentials in the URI", CREDENTIALS_HINT)
        elif "?" in target.uri:
            yield Finding(path, "has a query (?...), which no target has", "Remove it")
        elif _CONTROL.search(target.uri):
            yield Finding(path, "holds a control character", "Remove it")
        elif not scheme:
            yield Finding(path, "has no scheme", _guess(target.uri))
        elif scheme in ("http", "https"):
            yield Finding(
                path, f"{scheme}:// is not a target", "Write uri: s3://bucket/prefix/ and put the URL into endpoint:"
            )
        elif scheme not in SCHEMES:
            yield Finding(path, f"the scheme {scheme}:// is not known", f"{nearest(scheme, SCHEMES)}Write {_FORMS}")
        else:
            yield from _form(path, scheme, target.uri.partition("://")[2])


def _guess(uri: str) -> str:
    if uri.startswith("/"):
        return f"Write file://{uri} for files, direct://{uri} for files past the page cache"
    return f"Write {_FORMS}"


def _form(path: tuple[str | int, ...], scheme: str, rest: str) -> Iterator[Finding]:
    if scheme in ("file", "direct"):
        yield from _directory(path, scheme, rest)
        return
    name = rest.partition("/")[0]
    if scheme == "az":
        yield from _container(path, name, rest.split("/")[1:2])
    elif scheme == "null":
        if not name:
            yield Finding(path, "has no name", "Write null://name/")
    elif not name:
        yield Finding(path, "names no bucket", f"Write {scheme}://bucket/prefix/")
    elif name.partition(":")[2].isdigit():
        yield Finding(
            path,
            f"{name} is a server and not a bucket",
            f"Write {scheme}://bucket/prefix/ and put the server into endpoint:",
        )
    elif not _BUCKET.fullmatch(name):
        yield Finding(path, f"{shown(name)} cannot be a bucket", "Buckets are letters, digits, '.', '-' and '_'")


def _container(path: tuple[str | int, ...], account: str, container: list[str]) -> Iterator[Finding]:
    hint = "Write az://account/container/prefix/"
    if not account or not any(container):
        yield Finding(path, "names no container" if account else "names no account", hint)
    elif "." in account or ":" in account:
        hint = "Write az://account/container/prefix/ and put the server into endpoint:"
        yield Finding(path, f"{account} is a server and not an account", hint)
    elif not _ACCOUNT.fullmatch(account):
        yield Finding(
            path, f"{shown(account)} cannot be an account", "Accounts are 3 to 24 lower-case letters and digits"
        )
    elif not _CONTAINER.fullmatch(container[0]):
        message = f"{shown(container[0])} cannot be a container"
        yield Finding(path, message, "Containers are 3 to 63 lower-case letters, digits and single hyphens")


def _directory(path: tuple[str | int, ...], scheme: str, rest: str) -> Iterator[Finding]:
    if rest.lstrip("/").startswith("~"):
        yield Finding(
            path, "~ is not expanded here", f"Write {scheme}://${{HOME}}{rest.lstrip('/')[1:] or '/s3bench/'}"
        )
    elif not rest.startswith("/") or rest.startswith("//"):
        absolute = rest.removeprefix("localhost/").lstrip("/") or "directory/"
        yield Finding(path, f"{scheme}:// needs an absolute path", f"Write {scheme}:///{absolute} with three slashes")
    elif not rest.strip("/"):
        yield Finding(path, "is the root of the whole machine", f"Write a directory, such as {scheme}:///tmp/s3bench/")
    elif ".." in rest.split("/"):
        yield Finding(path, "holds '..'", "Write the directory's own path")


def options(workload: Workload) -> Iterator[Finding]:
    """An option stands only where its scheme knows it, and options do not contradict each other."""
    for index, target in enumerate(workload.targets):
        scheme = scheme_of(target.uri)
        if scheme not in SCHEMES:
            continue
        path = ("targets", index)
        for key in Target.model_fields:
            if key in target.model_fields_set and key not in (*COMMON_TARGET_KEYS, *TARGET_KEYS[scheme]):
                known = listed(f"{owner}://" for owner in owners(TARGET_KEYS, key))
                yield Finding((*path, key), f"has no effect on {scheme}://", f"Remove it; it belongs to {known}")
        if scheme in ("s3", "az", "gs"):
            yield from _server(path, target)
        if target.client == "sdk":
            yield from _sdk(path, target)
        if scheme == "null":
            latency = target.null.latency
            if latency.type == "uniform" and latency.min > latency.max:
                yield Finding((*path, "null", "latency"), "min is more than max", "Exchange them")


def _server(path: tuple[str | int, ...], target: Target) -> Iterator[Finding]:
    endpoints = target.endpoints
    if target.endpoint is not None and not endpoints:
        yield Finding((*path, "endpoint"), "is an empty list", "Write a URL, or remove the key")
    for endpoint in endpoints:
        yield from _endpoint((*path, "endpoint"), endpoint)
    if "balance" in target.model_fields_set and len(endpoints) < 2:
        yield Finding(
            (*path, "balance"), "has no effect without several end points", "Remove it, or list them in endpoint"
        )
    if target.tls.insecure and target.tls.ca_file is not None:
        yield Finding((*path, "tls"), "ca_file has no effect with insecure: true", "Keep one of them")
    if target.tls != Tls() and endpoints and all(scheme_of(endpoint) == "http" for endpoint in endpoints):
        yield Finding(
            (*path, "tls"), "has no effect on an http:// end point", "Remove it, or write https:// in endpoint"
        )
    if target.anonymous and target.profile is not None:
        yield Finding((*path, "profile"), "has no effect with anonymous: true", "Keep one of them")
    if target.anonymous and target.payload_signing == "signed":
        yield Finding((*path, "payload_signing"), "anonymous requests are not signed", "Keep one of them")


def _sdk(path: tuple[str | int, ...], target: Target) -> Iterator[Finding]:
    for key in ("payload_signing", "receive", "balance"):
        if getattr(target, key) != Target.model_fields[key].default:
            yield Finding((*path, key), "has no effect with client: sdk, which does as the SDK does", "Remove it")


def _endpoint(path: tuple[str | int, ...], endpoint: str) -> Iterator[Finding]:
    if _USERINFO.search(endpoint) or _SIGNED.search(endpoint):
        yield Finding(path, "holds credentials in the URL", CREDENTIALS_HINT)
        return
    if scheme_of(endpoint) not in ("http", "https"):
        yield Finding(
            path,
            f"{shown(endpoint)} has neither http:// nor https://",
            f"Write https://{endpoint.rpartition('://')[2]}",
        )
        return
    try:
        parts = urlsplit(endpoint)
        wrong = not parts.hostname or parts.port == 0 or " " in endpoint or parts.query or parts.fragment
    except ValueError:
        wrong = True
    if wrong:
        yield Finding(
            path, f"{shown(endpoint)} is not the URL of a server", "Write for example https://s3.example.com:9000"
        )


def batches(workload: Workload) -> Iterator[Finding]:
    """Keys are only deleted by the batch where every target of the line can do so."""
    schemes = [scheme_of(target.uri) for target in workload.targets]
    single = [
        (name, scheme) for name, scheme in zip(target_names(workload), schemes, strict=True) if scheme in SINGLE_DELETES
    ]
    for index, line in enumerate(workload.workload):
        here = [scheme for name, scheme in single if target_of(workload, line) in (None, name)]
        if line.batch > 1 and here:
            yield Finding(("workload", index, "batch"), f"{here[0]}:// deletes one key a request", "Remove it")


def sizes(workload: Workload) -> Iterator[Finding]:
    """No object is larger than one request can write, where each is written by one."""
    schemes = [scheme_of(target.uri) for target in workload.targets]
    limited = [
        (name, scheme) for name, scheme in zip(target_names(workload), schemes, strict=True) if scheme in PUT_LIMITS
    ]
    for index, data in enumerate(workload.datasets):
        for _, scheme in [found for found in limited if data.target in (None, found[0])][:1]:
            if data.create != "never":
                yield from _size(("datasets", index, "size"), data.size, scheme, data.multipart)
    for index, line in enumerate(workload.workload):
        for _, scheme in [found for found in limited if line.target in (None, found[0])][:1]:
            if line.size is not None:
                yield from _size(("workload", index, "size"), line.size, scheme, line.multipart)


def _size(path: tuple[str | int, ...], size: SizeSpec, scheme: str, multipart: Multipart | None) -> Iterator[Finding]:
    limit, top = PUT_LIMITS[scheme], largest_of(size)
    if multipart is not None:
        top = min(top, multipart.above)
    if top > limit:
        message = (
            f"up to {format_size(top)} an object, and {scheme}:// writes {format_size(limit)} at most in one request"
        )
        yield Finding(path, message, "Make the objects smaller, or write them in parts: multipart: 64MiB")


def names(workload: Workload) -> Iterator[Finding]:
    """Each target has a name of its own."""
    seen: set[str] = set()
    for index, target in enumerate(workload.targets):
        if target.name is not None:
            if not target.name.strip():
                yield Finding(("targets", index, "name"), "is empty", "Write a name, or remove the key")
            elif target.name in seen:
                yield Finding(
                    ("targets", index, "name"),
                    f"another target is called {shown(target.name)} too",
                    "Give each its own name",
                )
            seen.add(target.name)


def slots(workload: Workload) -> Iterator[Finding]:
    """Every target can have a slot and a worker."""
    count = len(workload.targets)
    if count > slots_of(workload):
        key: tuple[str | int, ...] = ("concurrency",)
        if workload.load.model == "open" and workload.load.max_in_flight is not None:
            key = ("load", "max_in_flight")
        yield Finding(key, f"{count} targets need at least {count} slots", f"Write {count} or more")
    if isinstance(workload.processes, int) and count > workload.processes:
        yield Finding(
            ("processes",), f"{count} targets need at least {count} workers", f"Write auto, or {count} or more"
        )
