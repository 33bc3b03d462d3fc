"""A YAML text as plain data, and where each key of it stands.

Understands the core schema of YAML 1.2 (`yes`, `on` and `1:30` are texts), aliases, `<<` and `${NAME}`.
Faults of the text become Problems. Knows nothing of workloads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.units import shown

Path = tuple[str | int, ...]

MAX_CHARACTERS = 1 << 20
MAX_NODES = 100_000
"""Values in one file, aliases written out."""

_PLAIN_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,39})")
_BASED = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}")
_OCTAL = re.compile(r"[-+]?0[0-9_]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,3})?")

_VARIABLE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{")
_SECRET = re.compile(
    r"secret|passw|passphrase|token|credential|(access|account|api|private|storage)_?key|connection_?string"
    r"|(^|_)(sas|pwd|bearer|signature)($|_)"
)

_SYNTAX = {
    "found character '\\t'": ("a tab stands where only spaces may", "Indent with spaces"),
    "mapping values are not allowed here": ("a ':' stands where none may", "Check the indentation of this line and the one above, and put a text that contains ': ' in quotes"),
    "could not find expected ':'": ("a key has no ':' after it", "Write key: value"),
    "found duplicate anchor": ("an anchor (&name) is defined twice", "Give each its own name"),
    "found undefined alias": ("an alias (*name) has no anchor (&name) before it", "Define it first, or put a text that starts with * in quotes"),
    "but found another document": ("a second document starts here", "Keep one workload in one file"),
    "while scanning an alias": ("a text starts with *, which in YAML means an alias", "Put the text in quotes"),
    "while scanning an anchor": ("a text starts with &, which in YAML means an anchor", "Put the text in quotes"),
    "while scanning a quoted scalar": ("a quote that was opened is not closed", "Add the missing quote"),
    "while parsing a block mapping": ("this line does not fit the indentation of the keys above", "Give keys of one mapping the same indentation"),
    "while parsing a block collection": ("this line does not fit the indentation of the list above", "Give entries of one list the same indentation"),
    "while parsing a flow mapping": ("a '{' that was opened is not closed, or a ',' is missing", "Check the braces, and put a text that contains { or } in quotes"),
    "while parsing a flow sequence": ("a '[' that was opened is not closed, or a ',' is missing", "Check the brackets"),
    "that cannot start any token": ("a text starts with a character that means something else in YAML", "Put the text in quotes"),
}  # fmt: skip


class Place(NamedTuple):
    """Where something was written; line and column count from 1, 0 where there is none."""

    file: str
    line: int = 0
    column: int = 0


@dataclass(slots=True)
class Document:
    """Plain data with the places of its keys; `problems` are those found so far, `broken` the paths they spoil.

    `warnings` are what its translation into the native form had to say.
    """

    data: Any
    file: str
    places: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    broken: set[Path] = field(default_factory=set)
    warnings: list[Problem] = field(default_factory=list)
    aliases: dict[Path, Path] = field(default_factory=dict)
    """Paths that messages write otherwise, because the file does."""

    def place(self, path: Path) -> Place:
        """Where `path` was written, or the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return Place(self.file)

    def problem(self, path: Path, message: str, hint: str = "") -> Problem:
        """A Problem at `path`."""
        written = path
        for meant, alias in self.aliases.items():
            if path[: len(meant)] == meant:
                written = alias + path[len(meant) :]
        return Problem(message, hint, dotted(written), *self.place(path))

    def refuse(self, path: Path, message: str, hint: str = "") -> None:
        """Note a problem, which makes what stands at `path` unusable."""
        self.problems.append(self.problem(path, message, hint))
        self.broken.add(path)

    def move(self, old: Path, new: Path) -> None:
        """Let everything below `old` be known below `new`; messages go on calling it `old`."""
        moved = {meant: alias for meant, alias in self.aliases.items() if meant[: len(old)] == old}
        kept = {meant: alias for meant, alias in self.aliases.items() if meant not in moved}
        self.aliases = {**kept, new: old, **{new + meant[len(old) :]: alias for meant, alias in moved.items()}}
        for path in [path for path in self.places if path[: len(old)] == old]:
            self.places[new + path[len(old) :]] = self.places.pop(path)
        self.broken = {new + path[len(old) :] if path[: len(old)] == old else path for path in self.broken}


def dotted(path: Path) -> str:
    """`workload.0.op`: a path as messages and `--set` write it."""
    return ".".join(str(part) for part in path)


def names_a_secret(name: str) -> bool:
    """Whether a key or a variable of this name would hold a credential."""
    return _SECRET.search(name.lower().replace("-", "_")) is not None


def reads_as_text(word: str) -> bool:
    """Whether these characters, written without quotes, are a text: no number, truth value or nothing."""
    return not (word in _WORDS or any(kind.fullmatch(word) for kind in (_INTEGER, _BASED, _OCTAL, _FLOAT)))


def parse(text: str, file: str, environ: Mapping[str, str]) -> Document:
    """The data of one YAML text; raises ConfigError where it is not YAML at all."""
    if len(text) > MAX_CHARACTERS:
        raise ConfigError([Problem("is larger than 1 MiB", "A workload file is a few lines of YAML", file=file)])
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
        if root is not None:
            _count(root, {})
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax(error, file)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError([Problem(f"the character U+{ord(text[error.position]):04X} cannot stand in YAML", "Remove it", file=file, line=line)]) from None  # fmt: skip
    except RecursionError:
        raise ConfigError(
            [Problem("is nested too deeply", "A workload needs fewer than ten levels", file=file)]
        ) from None
    except _UnboundedError as error:
        raise ConfigError([Problem(str(error), "Write the values out", file=file)]) from None
    document = Document(None, file)
    if root is not None:
        document.places[()] = _place(root, file)
        document.data = _Reader(document, environ).read(root, ())
    return document


def _place(node: yaml.Node, file: str) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    if error.context == "while scanning a quoted scalar":
        mark = error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    said = f"{error.problem or ''} {error.context or ''}"
    for words, (message, hint) in _SYNTAX.items():
        if words in said:
            return Problem(message, hint, "", file, line, column)
    return Problem(
        f"is not valid YAML here ({said.strip()})", "Check indentation, quotes and brackets", "", file, line, column
    )


class _UnboundedError(Exception):
    """Aliases make more of the text than a workload can be."""


def _count(node: yaml.Node, counts: dict[int, int]) -> int:
    known = counts.get(id(node))
    if known is not None:
        if known == 0:
            raise _UnboundedError("an alias stands inside of what it refers to")
        return known
    counts[id(node)] = 0
    children: list[yaml.Node] = []
    if isinstance(node, yaml.SequenceNode):
        children = list(node.value)
    elif isinstance(node, yaml.MappingNode):
        children = [child for pair in node.value for child in pair]
    total = 1 + sum(_count(child, counts) for child in children)
    if total > MAX_NODES:
        raise _UnboundedError(f"aliases make more than {MAX_NODES:,} values of this text")
    counts[id(node)] = total
    return total


class _Reader:
    """Turns nodes into data, and notes places and problems in the document."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self.document = document
        self.environ = environ

    def read(self, node: yaml.Node, path: Path) -> Any:
        if node.tag not in _PLAIN_TAGS:
            self.document.refuse(path, f"the tag {shown(node.tag.replace('tag:yaml.org,2002:', '!!'))} means nothing here", "Remove it")  # fmt: skip
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self.document.places[(*path, index)] = _place(item, self.document.file)
                items.append(self.read(item, (*path, index)))
            return items
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for key, value in self._pairs(node, path):
            self.document.places[(*path, key.value)] = _place(key, self.document.file)
            entries[key.value] = self.read(value, (*path, key.value))
        return entries

    def _pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        """Keys and values of a mapping, then those that `<<` brings and that it does not have itself."""
        lines: dict[str, int] = {}
        merged: list[yaml.Node] = []
        for key, value in node.value:
            place = _place(key, self.document.file)
            if not isinstance(key, yaml.ScalarNode):
                self.document.problems.append(
                    Problem("a key must be a plain word", "Write key: value", dotted(path), *place)
                )
            elif key.value == "<<" and key.style is None:
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
            elif key.value in lines:
                self.document.problems.append(Problem(f"stands twice, first in line {lines[key.value]}", "Keep one of them", dotted((*path, key.value)), *place))  # fmt: skip
            else:
                lines[key.value] = place.line
                yield key, value
        for other in merged:
            if not isinstance(other, yaml.MappingNode):
                self.document.problems.append(Problem("<< takes a mapping", "Write <<: *name of an anchored mapping", dotted(path), *_place(other, self.document.file)))  # fmt: skip
                continue
            for key, value in self._pairs(other, path):
                if key.value not in lines:
                    lines[key.value] = 0
                    yield key, value

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        text = self._expanded(node.value, path)
        if text is None or getattr(node, "style", None) is not None:
            return text
        if _OCTAL.fullmatch(text):
            self.document.refuse(path, f"{text} could be meant as octal or as decimal", f"Write {text.lstrip('-+0_') or '0'} for the decimal number, or put a text in quotes")  # fmt: skip
            return None
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _BASED.fullmatch(text):
            return int(text, 0)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _expanded(self, text: str, path: Path) -> str | None:
        """`text` with its variables filled in; None where one cannot be."""
        faults: list[tuple[str, str]] = []

        def value_of(match: re.Match[str]) -> str:
            name, default = match[1], match[2]
            if match[0] == "$${":
                return "${"
            if name is None:
                faults.append(("'${' does not start a variable", "Write ${NAME} or ${NAME:-default}, and $${ for the characters themselves"))  # fmt: skip
                return ""
            if names_a_secret(name):
                faults.append((f"${{{name}}} would put a secret into the workload", "Leave it out; credentials come from the vendor's own chain (environment, profile, instance)"))  # fmt: skip
                return ""
            value = self.environ.get(name)
            if default is not None:
                return value or default
            if value is None:
                faults.append((f"the environment variable {name} is not set", f"Set it, or write ${{{name}:-default}}"))
            return value or ""

        expanded = _VARIABLE.sub(value_of, text) if "${" in text else text
        for message, hint in faults:
            self.document.refuse(path, message, hint)
        return None if faults else expanded
