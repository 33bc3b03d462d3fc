"""`python -m s3bench_tui` is the program `s3bench-tui`."""

from __future__ import annotations

import sys

from s3bench_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
