from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Down(_message.Message):
    __slots__ = ("hello", "ping", "prepare", "proceed", "change", "stop", "goodbye", "check")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    PREPARE_FIELD_NUMBER: _ClassVar[int]
    PROCEED_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    GOODBYE_FIELD_NUMBER: _ClassVar[int]
    CHECK_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    ping: Ping
    prepare: Prepare
    proceed: Proceed
    change: Change
    stop: Stop
    goodbye: Goodbye
    check: Check
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., prepare: _Optional[_Union[Prepare, _Mapping]] = ..., proceed: _Optional[_Union[Proceed, _Mapping]] = ..., change: _Optional[_Union[Change, _Mapping]] = ..., stop: _Optional[_Union[Stop, _Mapping]] = ..., goodbye: _Optional[_Union[Goodbye, _Mapping]] = ..., check: _Optional[_Union[Check, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("protocol", "version", "run_id")
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    protocol: int
    version: str
    run_id: str
    def __init__(self, protocol: _Optional[int] = ..., version: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ("number",)
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    number: int
    def __init__(self, number: _Optional[int] = ...) -> None: ...

class Prepare(_message.Message):
    __slots__ = ("workload", "index", "count", "partitioned", "probe", "prepare_only", "partials_per_s", "wall_shift_ns")
    WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PARTITIONED_FIELD_NUMBER: _ClassVar[int]
    PROBE_FIELD_NUMBER: _ClassVar[int]
    PREPARE_ONLY_FIELD_NUMBER: _ClassVar[int]
    PARTIALS_PER_S_FIELD_NUMBER: _ClassVar[int]
    WALL_SHIFT_NS_FIELD_NUMBER: _ClassVar[int]
    workload: str
    index: int
    count: int
    partitioned: bool
    probe: bool
    prepare_only: bool
    partials_per_s: int
    wall_shift_ns: int
    def __init__(self, workload: _Optional[str] = ..., index: _Optional[int] = ..., count: _Optional[int] = ..., partitioned: _Optional[bool] = ..., probe: _Optional[bool] = ..., prepare_only: _Optional[bool] = ..., partials_per_s: _Optional[int] = ..., wall_shift_ns: _Optional[int] = ...) -> None: ...

class Proceed(_message.Message):
    __slots__ = ("at_ns", "prepares")
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    PREPARES_FIELD_NUMBER: _ClassVar[int]
    at_ns: int
    prepares: bool
    def __init__(self, at_ns: _Optional[int] = ..., prepares: _Optional[bool] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("change", "at_ns")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    change: str
    at_ns: int
    def __init__(self, change: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class Stop(_message.Message):
    __slots__ = ("now", "reason")
    NOW_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    now: bool
    reason: str
    def __init__(self, now: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class Goodbye(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Check(_message.Message):
    __slots__ = ("workload",)
    WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    workload: str
    def __init__(self, workload: _Optional[str] = ...) -> None: ...

class Up(_message.Message):
    __slots__ = ("sequence", "welcome", "pong", "held", "released", "record", "ended", "partial", "checked")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_FIELD_NUMBER: _ClassVar[int]
    CHECKED_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    welcome: Welcome
    pong: Pong
    held: Held
    released: Released
    record: str
    ended: Ended
    partial: str
    checked: Checked
    def __init__(self, sequence: _Optional[int] = ..., welcome: _Optional[_Union[Welcome, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., held: _Optional[_Union[Held, _Mapping]] = ..., released: _Optional[_Union[Released, _Mapping]] = ..., record: _Optional[str] = ..., ended: _Optional[_Union[Ended, _Mapping]] = ..., partial: _Optional[str] = ..., checked: _Optional[_Union[Checked, _Mapping]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("protocol", "version", "host_name")
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HOST_NAME_FIELD_NUMBER: _ClassVar[int]
    protocol: int
    version: str
    host_name: str
    def __init__(self, protocol: _Optional[int] = ..., version: _Optional[str] = ..., host_name: _Optional[str] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("number", "monotonic_ns", "wall_ns")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    MONOTONIC_NS_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    number: int
    monotonic_ns: int
    wall_ns: int
    def __init__(self, number: _Optional[int] = ..., monotonic_ns: _Optional[int] = ..., wall_ns: _Optional[int] = ...) -> None: ...

class Held(_message.Message):
    __slots__ = ("before", "lacking")
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    LACKING_FIELD_NUMBER: _ClassVar[int]
    before: str
    lacking: int
    def __init__(self, before: _Optional[str] = ..., lacking: _Optional[int] = ...) -> None: ...

class Released(_message.Message):
    __slots__ = ("before", "at_ns")
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    before: str
    at_ns: int
    def __init__(self, before: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class Checked(_message.Message):
    __slots__ = ("targets", "free_bytes", "open_files")
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    FREE_BYTES_FIELD_NUMBER: _ClassVar[int]
    OPEN_FILES_FIELD_NUMBER: _ClassVar[int]
    targets: _containers.RepeatedCompositeFieldContainer[Answer]
    free_bytes: int
    open_files: int
    def __init__(self, targets: _Optional[_Iterable[_Union[Answer, _Mapping]]] = ..., free_bytes: _Optional[int] = ..., open_files: _Optional[int] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("ok", "text")
    OK_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ok: bool
    text: str
    def __init__(self, ok: _Optional[bool] = ..., text: _Optional[str] = ...) -> None: ...

class Ended(_message.Message):
    __slots__ = ("error", "exit_code")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
    error: str
    exit_code: int
    def __init__(self, error: _Optional[str] = ..., exit_code: _Optional[int] = ...) -> None: ...

class Ask(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class KeptList(_message.Message):
    __slots__ = ("kept",)
    KEPT_FIELD_NUMBER: _ClassVar[int]
    kept: _containers.RepeatedCompositeFieldContainer[Kept]
    def __init__(self, kept: _Optional[_Iterable[_Union[Kept, _Mapping]]] = ...) -> None: ...

class Kept(_message.Message):
    __slots__ = ("run_id", "part", "bytes", "written_ns", "ended")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    WRITTEN_NS_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    part: int
    bytes: int
    written_ns: int
    ended: bool
    def __init__(self, run_id: _Optional[str] = ..., part: _Optional[int] = ..., bytes: _Optional[int] = ..., written_ns: _Optional[int] = ..., ended: _Optional[bool] = ...) -> None: ...

class Which(_message.Message):
    __slots__ = ("run_id", "part")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    part: int
    def __init__(self, run_id: _Optional[str] = ..., part: _Optional[int] = ...) -> None: ...

class Piece(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...
