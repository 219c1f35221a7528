"""`headgate gate` on two files of 1,000,000 rows: three metrics with their intervals, whole process."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measure import apart, cost, in_turns, report

ROWS = 1_000_000
CHECKS = ("accuracy.max_drop=0.01", "f1_macro.max_drop=0.02", "log_loss.max_rise=0.05")
LABELS = ("negative", "neutral", "positive")
HEADGATE = str(Path(sys.executable).with_name("headgate"))


def write_predictions(folder: Path, rows: int, *, texts: bool) -> tuple[Path, Path]:
    """Candidate and Production over the same rows; with `texts` ids and labels are texts and the orders differ."""
    import numpy as np
    import polars as pl

    generator = np.random.default_rng(20261121)
    truth = generator.integers(0, 3, rows)
    spelt = np.array(LABELS) if texts else np.arange(3)
    files = []
    for seed, name in enumerate(("candidate", "production")):
        answer = np.where(generator.random(rows) < 0.8, truth, generator.integers(0, 3, rows))
        odds = generator.random((rows, 3)) + 2.0 * np.eye(3)[answer]
        scores = odds / odds.sum(axis=1, keepdims=True)
        frame = pl.DataFrame(
            {"id": np.arange(rows), "label": spelt[truth], "prediction": spelt[answer]}
            | {f"score:{spelt[place]}": scores[:, place] for place in range(3)}
        )
        if texts:
            named = frame.with_columns(pl.format("row-{}", "id").alias("id"))
            frame = named.sample(fraction=1, shuffle=True, seed=seed)
        files.append(folder / f"{name}-{'texts' if texts else 'numbers'}.parquet")
        frame.write_parquet(files[-1])
    return files[0], files[1]


def command(candidate: Path, production: Path) -> list[str]:
    """The command under measurement."""
    checks = [word for check in CHECKS for word in ("--check", check)]
    files = ["--candidate", str(candidate), "--baseline", str(production)]
    return [HEADGATE, "gate", *files, *checks, "--format", "json"]


def main() -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        sides = {
            name: partial(cost, command(*apart(write_predictions, Path(folder), ROWS, texts=texts)))
            for name, texts in (("ids are numbers, same order", False), ("ids are texts, shuffled", True))
        }
        costs = in_turns(sides, rounds=5)
    print(report(f"Gate on {ROWS:,} rows, three metrics with intervals", costs, bar="at most 2.5 s and 600 MB"))


if __name__ == "__main__":
    main()
