"""`headgate gate` with ten metrics and two slice columns of 20 values, on 1 and on 10 million rows.

Beside it, on the same 1,000,000 rows: `scipy.stats.bootstrap` of one metric, and evidently's report of classification
metrics, which has no intervals, where EVIDENTLY_PYTHON names an interpreter that has it. Both read the same files.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import partial
from pathlib import Path

import yaml

from benchmarks.measure import Cost, cost, in_turns, report

ROWS = 1_000_000
MANY = 10_000_000
RESAMPLES = 100
HEADGATE = str(Path(sys.executable).with_name("headgate"))
HIGHER = (
    "accuracy", "balanced_accuracy", "f1_macro", "precision_macro", "recall_macro", "mcc", "roc_auc",
    "average_precision",
)  # fmt: skip
LOWER = ("log_loss", "brier")
SLICES = ("region", "device")

SCIPY = f"""
import sys
import numpy as np
import polars as pl
from scipy.stats import bootstrap

candidate, production = (pl.read_parquet(path, columns=["label", "prediction"]) for path in sys.argv[1:])
right = [(side["label"] == side["prediction"]).to_numpy().astype(float) for side in (candidate, production)]
difference = lambda ours, theirs, axis: ours.mean(axis=axis) - theirs.mean(axis=axis)
print(bootstrap(right, difference, paired=True, vectorized=True, method="percentile", n_resamples={RESAMPLES}, batch=5))
"""

EVIDENTLY = """
import sys
import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.presets import ClassificationPreset

columns = ["label", "prediction"]
definition = DataDefinition(classification=[BinaryClassification(target="label", prediction_labels="prediction")])
tables = [pd.read_parquet(path, columns=columns) for path in sys.argv[1:]]
sides = [Dataset.from_pandas(table, data_definition=definition) for table in tables]
print(len(Report([ClassificationPreset()]).run(*sides).json()))
"""


def write_predictions(folder: Path, rows: int) -> tuple[Path, Path]:
    """Candidate and Production over the same rows of two classes, in the same order."""
    import numpy as np
    import polars as pl

    generator = np.random.default_rng(20261121)
    truth = generator.integers(0, 2, rows)
    slices = {name: generator.integers(0, 20, rows, dtype=np.uint8) for name in SLICES}
    files = []
    for name in ("candidate", "production"):
        score = np.clip(0.3 + 0.4 * truth + generator.normal(0, 0.25, rows), 0.001, 0.999).round(6)
        frame = pl.DataFrame(
            {"id": np.arange(rows), "label": truth, "prediction": (score > 0.5).astype(np.int64), "score": score}
        )
        named = [pl.Series(column, values).cast(pl.String) for column, values in slices.items()]
        files.append(folder / f"{name}-{rows}.parquet")
        frame.with_columns(named).write_parquet(files[-1])
    return files[0], files[1]


def write_policy(folder: Path) -> Path:
    """Ten comparisons over all rows, and accuracy and F1 on each value of the two columns."""
    metrics = {name: {"max_drop": 0.02} for name in HIGHER} | {name: {"max_rise": 0.02} for name in LOWER}
    slices = [{"column": column, "metrics": ["accuracy", "f1_macro"], "max_drop": 0.05} for column in SLICES]
    path = folder / "headgate.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "model": "bench", "gate": {"metrics": metrics, "slices": slices}}))
    return path


def gate(policy: Path, candidate: Path, production: Path) -> Cost:
    """The command under measurement."""
    files = ["--candidate", str(candidate), "--baseline", str(production)]
    return cost([HEADGATE, "gate", "--config", str(policy), *files, "--format", "json"])


def beside(script: str, python: str, candidate: Path, production: Path) -> Cost:
    """Another tool on the same files."""
    return cost([python, "-c", script, str(candidate), str(production)])


def main() -> None:
    """Measure, and print the tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        policy, files = write_policy(folder), write_predictions(folder, ROWS)
        sides = {
            "headgate gate": partial(gate, policy, *files),
            f"scipy.stats.bootstrap, accuracy alone, {RESAMPLES} resamples": partial(
                beside, SCIPY, sys.executable, *files
            ),
        }
        if python := os.environ.get("EVIDENTLY_PYTHON"):
            sides["evidently, classification preset, no intervals"] = partial(beside, EVIDENTLY, python, *files)
        costs = in_turns(sides, rounds=3)
        title = f"Gate on {ROWS:,} rows: ten metrics with intervals, two slice columns of 20 values"
        print(report(title, costs, bar="at most 4 s and 1.5 GiB"))
        many = write_predictions(folder, MANY)
        costs = in_turns(
            {f"{ROWS:,} rows": sides["headgate gate"], f"{MANY:,} rows": partial(gate, policy, *many)}, rounds=1
        )
    print(report("The same on ten times the rows", costs, bar="at most 10x the time, and below 6 GiB"))


if __name__ == "__main__":
    main()
