"""Which words of a workload go together: schemes and their options, operations and their keys."""

from __future__ import annotations

SCHEMES = ("s3", "az", "gs", "file", "direct", "null")

COMMON_TARGET_KEYS = ("uri", "name", "share")
TARGET_KEYS = {
    "s3": (
        "endpoint",
        "balance",
        "region",
        "profile",
        "anonymous",
        "client",
        "addressing",
        "payload_signing",
        "tls",
        "receive",
        "encryption",
        "versioned",
    ),
    "az": ("endpoint", "balance", "anonymous", "client", "tls", "receive", "encryption", "versioned"),
    "gs": ("endpoint", "balance", "anonymous", "tls", "receive", "encryption", "versioned"),
    "file": ("write", "fsync", "page_cache_mode"),
    "direct": ("write", "fsync"),
    "null": ("null",),
}

SINGLE_DELETES = ("gs",)
"""Schemes whose stores delete one key a request."""

DIRECTORY_SCHEMES = ("file", "direct")
"""Schemes whose stores have directories."""

COPY_SCHEMES = ("s3", "az", "gs", "file", "null")
"""Schemes whose stores copy an object by themselves."""

TAG_SCHEMES = ("s3", "az", "null")
"""Schemes whose stores keep tags of objects."""

COPY_LIMITS = {"s3": 5 << 30, "az": 256 << 20}
"""The largest object that one request copies."""

PUT_LIMITS = {"az": 5000 << 20}
"""The largest object, where each is written by one request."""

COMMON_LINE_KEYS = ("op", "weight", "name", "target", "path", "dataset", "concurrency")
LINE_KEYS = {
    "get": ("range", "keys", "verify", "expect", "if_match", "if_none_match", "versions"),
    "put": (
        "size",
        "keys",
        "shards",
        "payload",
        "multipart",
        "if_match",
        "if_none_match",
        "expect",
        "metadata",
        "tags",
        "storage_class",
        "content_type",
        "cache_control",
        "checksum",
    ),
    "stat": ("keys", "expect"),
    "list": ("max_keys", "delimiter"),
    "delete": ("keys", "batch", "versions"),
    "copy": ("keys",),
    "mkdir": (),
    "rmdir": (),
    "tag": ("keys", "tags"),
    "get_tags": ("keys", "expect"),
}

OPTION_SCHEMES = {
    "multipart": ("s3", "az", "gs"),
    "max_keys": ("s3", "az", "gs", "file", "direct"),
    "delimiter": ("s3", "az", "gs", "file", "direct"),
    "expect": ("s3", "az", "gs", "file", "direct"),
    "if_match": ("s3", "az", "gs"),
    "if_none_match": ("s3", "az", "gs", "file", "direct"),
    "metadata": ("s3", "az"),
    "tags": ("s3", "az"),
    "storage_class": ("s3", "az"),
    "content_type": ("s3", "az", "gs"),
    "cache_control": ("s3", "az"),
    "checksum": ("s3", "az", "gs"),
    "versions": ("s3", "az", "gs"),
}
"""Keys of a line that say what its requests carry, and the schemes that know such a thing."""

SDK_OPTIONS = (
    "max_keys", "delimiter", "expect", "metadata", "tags", "storage_class", "content_type", "cache_control",
)  # fmt: skip
"""Those of them that `client: sdk` does, too."""

REQUESTS = ("part", "create", "complete")
"""The requests of objects in parts that have figures of their own."""

IN_ORDER_SCHEMES = ("gs",)
"""Schemes whose stores take the parts of one object one after another."""

CHECKSUMS = {
    "s3": ("crc32", "crc32c", "crc64nvme", "md5", "sha1", "sha256"),
    "az": ("crc64nvme", "md5"),
    "gs": ("crc32c", "md5"),
}
"""What the stores of these schemes compare bodies with."""

ENCRYPTIONS = {"s3": ("sse-s3", "sse-kms", "sse-c"), "az": ("sse-c", "scope"), "gs": ("sse-kms", "sse-c")}
"""How the stores of these schemes encrypt what they are asked to."""

PAGE_LIMITS = {"s3": 1000, "az": 5000, "gs": 1000}
"""The most keys that a page of a listing has."""

OPEN_LOOP_KEYS = ("rate", "arrivals", "max_in_flight", "max_backlog")

MAX_SLOTS = 100_000
MAX_PROCESSES = 1024

ERROR_CLASSES = (
    "timeout",
    "connect",
    "reset",
    "tls",
    "protocol",
    "integrity",
    "partial",
    "client",
    "injected",
    "unexpected",
)
"""Besides these: `http_` and a status, or the status alone, and `os_` and the name of an errno."""


def scheme_of(uri: str) -> str:
    """What stands before `://`, in lower case; "" where nothing does."""
    scheme, separator, _ = uri.partition("://")
    return scheme.lower() if separator else ""


def owners(keys: dict[str, tuple[str, ...]], key: str) -> list[str]:
    """The schemes or operations that know `key`."""
    return [name for name, known in keys.items() if key in known]
