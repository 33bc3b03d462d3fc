"""The program's own themes; Textual's stand beside them. Blue against orange, so that colour-blind readers can tell."""

from __future__ import annotations

from textual.theme import Theme

DEFAULT_THEME = "s3bench"

THEMES = (
    Theme(
        name=DEFAULT_THEME,
        primary="#6cb6ff",
        secondary="#8ddb8c",
        accent="#f0a45d",
        foreground="#cfd6dd",
        background="#14181d",
        surface="#191e24",
        panel="#222931",
        success="#7ec699",
        warning="#f0a45d",
        error="#ff7b72",
        dark=True,
        variables={"border": "#38424d", "border-blurred": "#2b333c", "footer-background": "#14181d"},
    ),
    Theme(
        name="s3bench-light",
        primary="#0b5cad",
        secondary="#22692f",
        accent="#9c4607",
        foreground="#22272e",
        background="#f7f8fa",
        surface="#ffffff",
        panel="#e6e9ee",
        success="#22692f",
        warning="#9c4607",
        error="#b3261e",
        dark=False,
        variables={"border": "#b9c1cb", "border-blurred": "#d3d9e0", "footer-background": "#f7f8fa"},
    ),
)
