"""What is open on the Results screen: one report, or two with their comparison. Reads files; draws nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s3bench_tui.errors import S3BenchError
from s3bench_tui.report.comparison.figures import Comparison, compare
from s3bench_tui.report.comparison.words import markdown_of
from s3bench_tui.report.folder import read_report
from s3bench_tui.report.forms import markdown, tsv
from s3bench_tui.report.forms.json import text_of
from s3bench_tui.report.result import Report

Data = Mapping[str, Any]

_KEPT = 6
"""Reports that are held in memory."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A, and perhaps B; `problem` says in a sentence why a file cannot be shown."""

    a_path: Path
    a: Data | None = None
    b_path: Path | None = None
    b: Data | None = None
    comparison: Comparison | None = None
    problem: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """As what it can be written; a report file is JSON already."""
        if self.b_path is not None:
            return ("md", "svg")
        return ("tsv", "md", "svg") if self.a_path.suffix == ".json" else ("json", "tsv", "md", "svg")

    @property
    def stem(self) -> str:
        """For the names of files that are made of it."""
        return self.a_path.stem if self.b_path is None else f"{self.a_path.stem}-against-{self.b_path.stem}"

    def markdown(self) -> str:
        """To be pasted into a ticket."""
        if self.comparison is not None and self.b_path is not None:
            return markdown_of(self.comparison, (self.a_path.name, self.b_path.name))
        return markdown.text_of(self.a) if self.a is not None else ""

    def text(self, kind: str) -> str:
        """As an export of this kind: `md`, or of one run `json` or `tsv`."""
        if kind == "md" or self.a is None:
            return self.markdown()
        return text_of(Report(self.a)) if kind == "json" else tsv.table(self.a)


class Cabinet:
    """Opens files, and holds the last few so that going to and fro is quick."""

    def __init__(self) -> None:
        self._held: dict[tuple[Path, int], Data] = {}

    def open(self, a: Path, b: Path | None) -> Opened:
        """Read what is to be shown; never raises for what is wrong with a file."""
        try:
            one = self._read(a)
            other = None if b is None else self._read(b)
            found = None if other is None else compare(one, other)
        except (S3BenchError, OSError) as error:
            words = str(error).replace(f"{a.parent}/", "")  # the screen names the folder already
            return Opened(a, b_path=b, problem=words)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return Opened(a, b_path=b, problem=f"not as this program writes it: {type(error).__name__} {error}")
        return Opened(a, one, b, other, found)

    def _read(self, path: Path) -> Data:
        key = (path, path.stat().st_mtime_ns)
        data = self._held.pop(key, None)
        data = read_report(path) if data is None else data
        self._held[key] = data
        while len(self._held) > _KEPT:
            del self._held[next(iter(self._held))]
        return data


def save(folder: Path, stem: str, kind: str, text: str) -> Path:
    """Write a new file, `stem.kind` or with a number where that is taken; OSError where it cannot be."""
    number = 1
    while True:
        path = folder / (f"{stem}.{kind}" if number == 1 else f"{stem}-{number}.{kind}")
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
            return path
        except FileExistsError:
            number += 1
