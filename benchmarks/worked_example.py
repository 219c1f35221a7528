"""A model that is truly one point worse, on the tweets of the text example: how often does each gate let it through?

Two models of the example are trained on a fifth of the tweets; the other four fifths stand for all tweets there could
be, so that the true difference of the two is known. Evaluation sets are then drawn from them, row by row with
replacement, and each rule judges each draw.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from benchmarks.train import EXAMPLE
from headgate.statistics.paired import tango_bounds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

MARGIN, CONFIDENCE = 0.01, 0.95
SIZES, DRAWS = (500, 2000, 7600), 20_000
PRODUCTION: Mapping[str, object] = {"max_features": 5000}
CANDIDATES: tuple[Mapping[str, object], ...] = tuple({"max_features": most} for most in (2000, 1500, 1000, 700, 500))


@dataclass(frozen=True)
class Truth:
    """Shares of all tweets that one of the two models alone has right."""

    gained: float
    lost: float

    @classmethod
    def of(cls, production: Flags, candidate: Flags) -> Truth:
        """From which tweets each has right, shape (tweets,)."""
        return cls(float((candidate & ~production).mean()), float((production & ~candidate).mean()))

    @property
    def difference(self) -> float:
        """The candidate's accuracy minus Production's."""
        return self.gained - self.lost

    def moved_to(self, difference: float) -> Truth:
        """The same number of tweets that differ, with this true difference."""
        differing = self.gained + self.lost
        return Truth((differing + difference) / 2, (differing - difference) / 2)


def main() -> None:
    """Train, draw, and print the table."""
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as folder:
        measured = trained(Path(folder))
    worse = measured.moved_to(-MARGIN)
    print(f"## A model that is truly one point worse, {DRAWS:,} draws\n")
    print(
        f"Measured on all tweets: {measured.difference:+.4f}, moved to {worse.difference:+.4f}; of the tweets, "
        f"{worse.gained + worse.lost:.1%} are right by one of the two alone.\n"
    )
    print(
        "| truly | rows | gate: passes | fails | inconclusive | `candidate >= production` passes | "
        "`>= production - 0.01` passes |\n|---|--:|--:|--:|--:|--:|--:|"
    )
    truths = {"1 point worse": -MARGIN, "2 points worse": -2 * MARGIN, "as good": 0.0}
    for name, truth in ((name, measured.moved_to(difference)) for name, difference in truths.items()):
        for n in SIZES:
            print(f"| {name} | {n:,} | " + " | ".join(f"{share:.1%}" for share in judged(truth, n)) + " |", flush=True)


def judged(truth: Truth, n: int) -> list[float]:
    """Shares of the draws of `n` tweets that pass, fail and stay open by the gate, and that pass by the plain rules."""
    import numpy as np

    shares = [truth.gained, truth.lost, 1 - truth.gained - truth.lost]
    drawn = np.random.default_rng(n).multinomial(n, shares, size=DRAWS)[:, :2]
    lower, upper = np.array([bounds(n, gained, lost) for gained, lost in drawn.tolist()]).T
    difference = drawn[:, 0] - drawn[:, 1]
    passes, fails = lower > -MARGIN, upper < -MARGIN
    plain = difference >= 0, difference >= -MARGIN * n - 1e-9
    return [float(share.mean()) for share in (passes, fails, ~(passes | fails), *plain)]


@cache
def bounds(n: int, gained: int, lost: int) -> tuple[float, float]:
    """The gate's own bounds on the difference."""
    found = tango_bounds(n, gained, lost, CONFIDENCE)
    return found.lower, found.upper


def trained(project: Path) -> Truth:
    """The example's own pipeline with its share of test tweets turned round; the candidate nearest to a point worse."""
    subprocess.run(["cp", "-r", *map(str, EXAMPLE.iterdir()), str(project)], check=True)
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["prepare"]["test_share"] = 0.8
    _run(project, params, "scripts/fetch_data.py", "src/prepare.py")
    production = _right(project, params, PRODUCTION)
    truths = [Truth.of(production, _right(project, params, candidate)) for candidate in CANDIDATES]
    return min(truths, key=lambda truth: abs(truth.difference + MARGIN))


def _right(project: Path, params: dict[str, dict[str, object]], changed: Mapping[str, object]) -> Flags:
    """Which tweets a model with these parameters has right, shape (tweets,)."""
    import polars as pl

    _run(project, {**params, "train": {**params["train"], **changed}}, "src/train.py", "src/evaluate.py")
    predictions = pl.read_parquet(project / "reports" / "predictions.parquet")
    right: Flags = (predictions["prediction"] == predictions["label"]).to_numpy()
    return right


def _run(project: Path, params: Mapping[str, object], *scripts: str) -> None:
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    for script in scripts:
        subprocess.run(
            [sys.executable, script], cwd=project, check=True, stdout=subprocess.DEVNULL, env=dict(os.environ)
        )


if __name__ == "__main__":
    main()
