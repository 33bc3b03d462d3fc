"""Makes docs/summary.svg: runs workloads/quickstart.yaml and draws its summary as a terminal shows it.

.venv/bin/python scripts/picture.py
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

import s3bench_tui
from s3bench_tui.report.text import print_summary

ROOT = Path(__file__).parent.parent
COLUMNS = 100


def main() -> None:
    report = s3bench_tui.run(ROOT / "workloads" / "quickstart.yaml")
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print("$ ./s3bench --headless workloads/quickstart.yaml", highlight=False)
    print_summary(report, console, [("report", "results/s3bench-quickstart.json")])
    picture = console.export_svg(title="s3bench-tui")
    # The fonts that Rich names would be fetched from the network; any monospaced one does.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")
    (ROOT / "docs" / "summary.svg").write_text(picture)


if __name__ == "__main__":
    main()
