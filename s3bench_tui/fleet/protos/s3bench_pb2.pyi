from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Empty(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PingReply(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: str
    def __init__(self, version: _Optional[str] = ...) -> None: ...

class RunGetRequest(_message.Message):
    __slots__ = ("uri", "jobs")
    URI_FIELD_NUMBER: _ClassVar[int]
    JOBS_FIELD_NUMBER: _ClassVar[int]
    uri: str
    jobs: int
    def __init__(self, uri: _Optional[str] = ..., jobs: _Optional[int] = ...) -> None: ...

class RunPutRequest(_message.Message):
    __slots__ = ("bucket", "prefix", "object_size", "objects", "concurrency")
    BUCKET_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    OBJECT_SIZE_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    bucket: str
    prefix: str
    object_size: int
    objects: int
    concurrency: int
    def __init__(self, bucket: _Optional[str] = ..., prefix: _Optional[str] = ..., object_size: _Optional[int] = ..., objects: _Optional[int] = ..., concurrency: _Optional[int] = ...) -> None: ...

class OpSummary(_message.Message):
    __slots__ = ("total_bytes", "seconds", "notes")
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    total_bytes: int
    seconds: float
    notes: str
    def __init__(self, total_bytes: _Optional[int] = ..., seconds: _Optional[float] = ..., notes: _Optional[str] = ...) -> None: ...
