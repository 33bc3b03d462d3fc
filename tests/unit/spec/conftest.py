"""What the tests of workload files share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s3bench_tui.errors import ConfigError
from s3bench_tui.spec.loading import load_text


@pytest.fixture
def faults() -> Callable[[str], list[str]]:
    """Every message for a text that does not load, as the user sees it; the file is called w.yaml."""

    def found(text: str) -> list[str]:
        with pytest.raises(ConfigError) as raised:
            load_text(text, source="w.yaml", environ={"AWS_SECRET_ACCESS_KEY": "hunter2"})
        return str(raised.value).split("\n")

    return found
