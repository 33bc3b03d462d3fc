"""The few XML documents of S3's data plane: listings, errors, batched deletes, and uploads in parts.

Documents are checked before they are read (see markup), so that tags can be found by searching. Knows nothing of HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from s3bench_tui.stores.http.markup import check, parse_error, start_of, text_of, unescaped

__all__ = [
    "complete_body",
    "completed_tag",
    "delete_body",
    "is_error",
    "parse_completed",
    "parse_copied",
    "parse_delete_result",
    "parse_error",
    "parse_list_page",
    "parse_upload_id",
    "part_sum",
]

_listing, _deletions = start_of(b"ListBucketResult"), start_of(b"DeleteResult")
_upload = start_of(b"InitiateMultipartUpload(?:Result)?")  # some servers leave the end away
_completed, _copied = start_of(b"CompleteMultipartUploadResult"), start_of(b"CopyObjectResult")
_error = start_of(b"Error")
_find_upload_ids = re.compile(rb"<UploadId>([^<>]+)</UploadId>").findall
_find_truncated = re.compile(rb"<IsTruncated>\s*(true|false)\s*</IsTruncated>").findall
_find_token = re.compile(rb"<NextContinuationToken>([^<>]+)</NextContinuationToken>").findall
_find_errors = re.compile(rb"<Error>(.*?)</Error>", re.DOTALL).findall
_not_in_xml = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search
_escapes = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def parse_list_page(body: bytes | bytearray) -> tuple[int, str | None]:
    """How many objects and common prefixes a page of ListObjectsV2 holds, and the token of the next page, None on the
    last.

    ValueError where it is not a whole, well-formed page.
    """
    check(body, _listing, "ListBucketResult")
    truncated = _find_truncated(body)
    if len(truncated) != 1:
        raise ValueError("the listing does not say whether it is truncated")
    token = None
    if truncated[0] == b"true":
        tokens = _find_token(body)
        if len(tokens) != 1:
            raise ValueError("the listing is truncated, and does not say how it goes on")
        token = unescaped(tokens[0].decode())
    return body.count(b"<Contents>") + body.count(b"<CommonPrefixes>"), token


def delete_body(keys: Iterable[str]) -> bytes:
    """The request to delete these keys, answered with the failures only; ValueError where XML cannot hold a key."""
    parts = ['<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>']
    for key in keys:
        if _not_in_xml(key):
            raise ValueError(f"the key {key!r} has a character that XML cannot hold; delete it on its own")
        parts.append(f"<Object><Key>{key.translate(_escapes)}</Key></Object>")
    parts.append("</Delete>")
    return "".join(parts).encode()


def parse_delete_result(body: bytes | bytearray) -> tuple[int, list[tuple[str, str, str]]]:
    """How many keys are listed as deleted (none where the request was quiet), and key, code and message of each failure.

    ValueError where it is not a whole, well-formed answer.
    """
    check(body, _deletions, "DeleteResult")
    failures = []
    for error in _find_errors(body):
        key = re.search(rb"<Key>([^<]*)</Key>", error)
        failures.append(
            (unescaped(key[1].decode()) if key else "", text_of(error, b"Code"), text_of(error, b"Message"))
        )
    return body.count(b"<Deleted>"), failures


def parse_upload_id(body: bytes | bytearray) -> str:
    """The server's name for an upload that was opened; ValueError where the answer does not hold just one."""
    check(body, _upload, "InitiateMultipartUploadResult")
    found = _find_upload_ids(body)
    if len(found) != 1:
        raise ValueError("the answer does not name the upload")
    return unescaped(found[0].decode())


def part_sum(field: str, value: str) -> str:
    """How the checksum that went along with a part in this field is said again when all parts are there."""
    name, wanted = f"Checksum{field.removeprefix('x-amz-checksum-').upper()}", field.startswith("x-amz-checksum-")
    return f"<{name}>{value}</{name}>" if wanted else ""


def complete_body(tags: Sequence[str], sums: Sequence[str] = ()) -> bytes:
    """The request to make one object of parts with these ETags, in their order; `sums` has the checksum of each
    as `part_sum` makes it."""
    parts = ['<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">']
    parts += [
        f"<Part><PartNumber>{number}</PartNumber><ETag>{tag.translate(_escapes)}</ETag>{checksum}</Part>"
        for number, (tag, checksum) in enumerate(zip(tags, sums or [""] * len(tags), strict=True), start=1)
    ]
    parts.append("</CompleteMultipartUpload>")
    return "".join(parts).encode()


def is_error(body: bytes | bytearray) -> bool:
    """Whether it is an error, whatever the status said: an answer that takes long begins before its end is known."""
    return _error.match(body) is not None


def parse_completed(body: bytes | bytearray) -> None:
    """ValueError where this does not say that an upload was completed. Blanks may come first, to show a sign of life."""
    check(body.lstrip(), _completed, "CompleteMultipartUploadResult")


def completed_tag(body: bytes | bytearray) -> bytes:
    """The ETag of the object that a completed upload made, in quotes as a condition takes it; empty where none is told."""
    tag = text_of(body, b"ETag").strip('"')
    return f'"{tag}"'.encode() if tag and tag.isascii() else b""


def parse_copied(body: bytes | bytearray) -> None:
    """ValueError where this does not say that an object was copied."""
    check(body.lstrip(), _copied, "CopyObjectResult")
