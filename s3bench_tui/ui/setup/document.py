"""The workload file that is being set up: its text is the one truth, and everything else is read from it.

Pure but for opening and saving. Knows no widget. What is wrong is said in the words of `spec`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.report.outline import outline
from s3bench_tui.spec.compat.conversion import convert
from s3bench_tui.spec.compat.grammar import is_foreign
from s3bench_tui.spec.loading import Loaded, load_text, text_of
from s3bench_tui.spec.model.target import Target
from s3bench_tui.spec.text.override import long_form
from s3bench_tui.spec.text.sheet import Sheet, SheetError
from s3bench_tui.spec.text.source import Path, parse

EMPTY = Sheet("")
NOTHING: Mapping[str, Any] = {}
_TOLD = ("agents", "data set", "load", "measured")
"""Lines of the plan that are shown below the checks."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list of checks; `word` is ok, !! or x, and empty for what is only told."""

    word: str
    text: str
    line: int = 0
    key: str = ""


class Draft:
    """A text, where it came from, and what the checks say of it. A file that is opened and saved is the same bytes."""

    def __init__(
        self,
        text: str,
        source: str = "",
        saved: str | None = None,
        environ: Mapping[str, str] = os.environ,
        shortcuts: Mapping[str, Any] = NOTHING,
    ) -> None:
        """`shortcuts` are values of the command line, which go before those of the text, by dotted key."""
        self.source = source
        """The file; "" while it has none."""
        self.saved = saved
        """The text as it lies on the disk; None where it does not."""
        self.loaded: Loaded | None = None
        self.problems: tuple[Problem, ...] = ()
        self.sheet = EMPTY
        self.is_yaml = True
        self._environ = environ
        self._shortcuts = shortcuts
        self.text = ""
        self.replace(text)

    # --- from and to files ----------------------------------------------------------------------------------------

    @classmethod
    def quickstart(cls, environ: Mapping[str, str] = os.environ, shortcuts: Mapping[str, Any] = NOTHING) -> Draft:
        """A first workload, on files below a temporary directory; it has no file."""
        text = files("s3bench_tui.ui.setup").joinpath("quickstart.yaml").read_text(encoding="utf-8")
        return cls(text, environ=environ, shortcuts=shortcuts)

    @classmethod
    def open(cls, file: str, environ: Mapping[str, str] = os.environ, shortcuts: Mapping[str, Any] = NOTHING) -> Draft:
        """A file's; one of s3-bench or sai3-bench comes in the native form, and has no file yet. Raises ConfigError."""
        text_of(file)
        text = FilePath(file).read_bytes().decode("utf-8")
        try:
            foreign = is_foreign(parse(text, file, environ).data)
        except (ConfigError, TypeError, AttributeError):
            foreign = False
        if foreign:
            return cls(convert(text, file), environ=environ, shortcuts=shortcuts)
        return cls(text, file, text, environ, shortcuts)

    def save(self, file: str = "") -> None:
        """Write the text, to another file where one is named. Raises ConfigError, also where another program has
        changed the file meanwhile."""
        file = file or self.source
        try:
            if (
                file == self.source
                and self.saved is not None
                and FilePath(file).exists()
                and FilePath(file).read_bytes() != self.saved.encode("utf-8")
            ):
                raise ConfigError(
                    [
                        Problem(
                            "another program has changed it meanwhile",
                            "Save under another name, or open it again",
                            file=file,
                        )
                    ]
                )
            FilePath(file).write_bytes(self.text.encode("utf-8"))
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            raise ConfigError([Problem(f"cannot be written: {said}", file=file)]) from None
        self.source, self.saved = file, self.text
        self._check()

    @property
    def is_modified(self) -> bool:
        """Whether the text is not what lies on the disk; what has no file yet and is as it came is not."""
        return self.text != (self._first if self.saved is None else self.saved)

    # --- reading --------------------------------------------------------------------------------------------------

    def get(self, path: Path) -> Any:
        """Plain data at a path, with the characters of each value as they are written; None where there is nothing."""
        return self.sheet.get(path)

    def value(self, path: Path) -> Any:
        """The same, fit to be shown in a field and to be written back."""
        return self.sheet.value(path)

    def place_of(self, path: Path) -> Path:
        """Where the value of a field stands that may be written short: the key itself, the one below or above it; of several data sets the first."""
        if path[:1] == ("dataset",) and isinstance(self.get(("datasets",)), list):
            path = ("datasets", 0, *path[1:])
        above = path[:-1]
        if above and long_form(above) == path[-1] and isinstance(self.get(above), str):
            return above
        name = long_form(path)
        return (*path, name) if name and isinstance(self.get(path), dict) else path

    @property
    def name(self) -> str:
        """What the run would be called."""
        return str(self.get(("name",)) or "workload")

    def targets(self) -> list[Path]:
        """The paths of the targets."""
        if self.get(("target",)) is not None:
            return [("target",)]
        found = self.get(("targets",))
        return [("targets", index) for index in range(len(found))] if isinstance(found, list) else []

    def lines(self) -> list[Path]:
        """The paths of the lines of the mix."""
        found = self.get(("workload",))
        return [("workload", index) for index in range(len(found))] if isinstance(found, list) else []

    def uri_of(self, target: Path) -> str:
        """As it is written."""
        return str(self.get(self.place_of(target)) or "")

    def target_for_asking(self, target: Path) -> Target:
        """The target with variables filled in, to probe or to look around with, whatever else is wrong in the file.

        Raises ConfigError."""
        read = parse(self.text, self.source, self._environ)
        data: Any = read.data
        for part in target:
            data = data[part]
        try:
            asked = Target.model_validate({"uri": data} if isinstance(data, str) else data)
        except ValidationError:
            raise ConfigError([Problem("This target is not valid yet", "See the checks")]) from None
        if read.problems:
            raise ConfigError(read.problems)
        if asked.tls.ca_file is None:
            return asked
        beside = os.path.abspath(os.path.join(os.path.dirname(self.source), asked.tls.ca_file))
        return asked.model_copy(update={"tls": asked.tls.model_copy(update={"ca_file": beside})})

    # --- changing -------------------------------------------------------------------------------------------------

    def replace(self, text: str) -> None:
        """Another text as a whole."""
        if not self.text:
            self._first = text
        self.text = text
        try:
            self.sheet, self.is_yaml = Sheet(text), True
        except SheetError:
            self.sheet, self.is_yaml = EMPTY, False
        self._check()

    def set(self, path: Path, value: Any) -> None:
        """Change one value; None takes the key away. Raises SheetError where that would change more."""
        if not self.is_yaml:
            raise SheetError("The text is not YAML at the moment; correct it there first")
        sheet = self.sheet.remove(path) if value is None else self.sheet.set(path, value)
        if sheet.text != self.text:
            self.sheet, self.text = sheet, sheet.text
            self._check()

    def set_uri(self, target: Path, uri: str) -> None:
        """Another address for a target, in the form in which it is written."""
        self.set(self.place_of(target), uri)

    def add_target(self, uri: str) -> Path:
        """One more target; returns its path."""
        if self.get(("target",)) is not None and self.is_yaml:
            self.replace(self.sheet.as_list("target", "targets").text)
        if not self.targets():
            self.set(("target",), uri)
            return ("target",)
        path: Path = ("targets", len(self.targets()))
        self.set(path, uri)
        return path

    def add_line(self, line: Mapping[str, Any]) -> Path:
        """One more line of the mix; returns its path."""
        path: Path = ("workload", len(self.lines()))
        self.set(path, dict(line))
        return path

    # --- checking -------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        try:
            base_dir = os.path.dirname(self.source)
            self.loaded = load_text(
                self.text, source=self.source, shortcuts=self._shortcuts, base_dir=base_dir, environ=self._environ
            )
            self.problems = ()
        except ConfigError as error:
            self.loaded = None
            self.problems = tuple(error.problems)

    def checks(self) -> list[Check]:
        """Errors, then warnings; where there is no error, first of all that it can run, and last what it would do."""
        if self.loaded is None:
            return [_check("x", problem) for problem in self.problems]
        workload = self.loaded.workload
        parts = [(len(workload.targets), "target"), (len(workload.workload), "operation")]
        counted = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts)
        told = [line for line in outline(self.loaded).splitlines() if line.startswith(_TOLD)]
        return [
            Check("ok", f"{workload.name}: {counted}; can run"),
            *(_check("!!", each) for each in self.loaded.warnings),
            *(Check("", line) for line in told),
        ]


def _check(word: str, problem: Problem) -> Check:
    text = f"{problem.message}. {problem.hint}" if problem.hint else problem.message
    return Check(word, text, problem.line, problem.key)
