"""All benchmarks, one after the other: `make bench`. One alone: `python -m benchmarks.gate`."""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = ("startup", "train", "gate", "gate_slices", "switch", "rollout", "setup", "pull_request", "hooks")


def main(names: list[str]) -> None:
    """Run the benchmarks of these names; all of them where none is given."""
    for name in names or NAMES:
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
