"""What a user may set once for the terminal program: theme, glyphs, keys. Knows nothing of screens.

`config.yaml` in the configuration directory, for example:

    theme: nord
    glyphs: ascii
    keys:
      live.stop: x
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.spec.text.wording import nearest

GLYPHS = ("block", "braille", "ascii")


@dataclass(frozen=True, slots=True)
class Preferences:
    """`keys` by action id. An empty theme is the program's own."""

    theme: str = ""
    glyphs: str = "block"
    keys: Mapping[str, str] = field(default_factory=dict)


def config_file() -> Path:
    """Where the preferences are kept."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "s3bench-tui" / "config.yaml"


def chosen_theme_file() -> Path:
    """Where the theme is kept that was last chosen in the program."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "s3bench-tui" / "theme"


def usual_glyphs(environ: Mapping[str, str]) -> str:
    """Those that a terminal has by its locale: plain ones where that asks for other characters than those of UTF-8."""
    named = next(filter(None, (environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    charset = named.partition(".")[2].partition("@")[0].lower().replace("-", "")
    return "ascii" if named in ("C", "POSIX") or charset not in ("", "utf8") else "block"


def load(path: Path, action_ids: Iterable[str], environ: Mapping[str, str] = os.environ) -> Preferences:
    """The preferences of a file; the defaults where there is none. Raises ConfigError that names what is wrong."""
    usual = usual_glyphs(environ)
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Preferences(glyphs=usual)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(f"cannot be read: {error}", file=str(path))]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise ConfigError(
            [Problem("is no YAML", "Look at the colons and the spaces", file=str(path), line=line)]
        ) from error
    if data is None:
        return Preferences(glyphs=usual)
    problems = list(_problems(data, tuple(action_ids), str(path)))
    if problems:
        raise ConfigError(problems)
    return Preferences(data.get("theme") or "", data.get("glyphs") or usual, dict(data.get("keys") or {}))


def _problems(data: object, action_ids: tuple[str, ...], file: str) -> Iterable[Problem]:
    known = ("theme", "glyphs", "keys")
    if not isinstance(data, dict):
        yield Problem("is no list of settings", "Write for example theme: nord", file=file)
        return
    for key in data:
        if key not in known:
            yield Problem("unknown setting", f"{nearest(str(key), known)}Settings: {', '.join(known)}", str(key), file)
    if not isinstance(data.get("theme") or "", str):
        yield Problem("is no name of a theme", "Write for example theme: nord", "theme", file)
    if (data.get("glyphs") or "block") not in GLYPHS:
        yield Problem("unknown glyphs", f"Write {', '.join(GLYPHS)}", "glyphs", file)
    keys = data.get("keys") or {}
    if not isinstance(keys, dict):
        yield Problem("is no table of keys", "Write for example live.stop: x", "keys", file)
        return
    for name, key in keys.items():
        if name not in action_ids:
            yield Problem(
                "there is no such action", f"{nearest(str(name), action_ids)}F1 lists them", f"keys.{name}", file
            )
        elif not isinstance(key, str) or not key:
            yield Problem("is no key", "Write for example ctrl+x or f5", f"keys.{name}", file)
