"""What it costs to ask headgate anything: `--help` and `--version` beside importing click alone."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from benchmarks.measure import cost, in_turns, report

HEADGATE = str(Path(sys.executable).with_name("headgate"))


def main() -> None:
    """Measure, and print the table."""
    sides = {
        "python -c 'import click'": [sys.executable, "-c", "import click"],
        "headgate --help": [HEADGATE, "--help"],
        "headgate --version": [HEADGATE, "--version"],
    }
    costs = in_turns({name: partial(cost, argv) for name, argv in sides.items()}, rounds=21)
    print(report("Start-up", costs, bar="at most 2.5x `import click`"))


if __name__ == "__main__":
    main()
