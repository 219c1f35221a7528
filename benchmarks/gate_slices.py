"""`headgate gate` with ten metrics and two slice columns of 20 values, on 1 and on 10 million rows.

Beside it, on the same 1,000,000 rows: `scipy.stats.bootstrap` of one metric, and evidently's report of classification
metrics, which has no intervals. Both read the same files. evidently is installed beside the project, the first time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import yaml

from benchmarks.measure import Cost, apart, cost, in_turns, report

ROWS = 1_000_000
MANY = 10_000_000
RESAMPLES = 100
EVIDENTLY = ("evidently==0.7.23", "pandas<3", "pyarrow")
"""It does not run with the pandas that it lets be installed."""
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

EVIDENTLY_SCRIPT = """
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


def evidently_python() -> str | None:
    """An interpreter that has evidently: EVIDENTLY_PYTHON, else one of its own; None where it cannot be installed."""
    if named := os.environ.get("EVIDENTLY_PYTHON"):
        return named
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "headgate" / "benchmarks" / EVIDENTLY[0]
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists():
        install = [
            ["uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            ["uv", "pip", "install", "--quiet", "--python", str(python), *EVIDENTLY],
        ]
        for argv in install:
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"evidently is left out, for it could not be installed: {done.stderr.strip()[-300:]}\n")
                return None
        (folder / ".complete").touch()
    return str(python)


def main() -> None:
    """Measure, and print the tables."""
    evidently = evidently_python()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        policy, files = write_policy(folder), apart(write_predictions, folder, ROWS)
        ours = {"headgate gate": partial(gate, policy, *files)}
        title = f"Gate on {ROWS:,} rows: ten metrics with intervals, two slice columns of 20 values"
        print(report(title, in_turns(ours, rounds=5), bar="at most 4 s and 1.5 GiB"))

        scipy = f"scipy.stats.bootstrap, accuracy alone, {RESAMPLES} resamples"
        others = {scipy: partial(beside, SCIPY, sys.executable, *files)}
        if evidently is not None:
            others[f"{EVIDENTLY[0]}, classification preset, no intervals"] = partial(
                beside, EVIDENTLY_SCRIPT, evidently, *files
            )
        print(report("Beside it, on the same rows", in_turns(ours | others, rounds=1), bar="none: for the ratios"))

        many = apart(write_predictions, folder, MANY)
        sizes = {f"{ROWS:,} rows": ours["headgate gate"], f"{MANY:,} rows": partial(gate, policy, *many)}
        print(report("The same on ten times the rows", in_turns(sizes, rounds=1), bar="at most 40 s, and below 6 GiB"))


if __name__ == "__main__":
    main()
