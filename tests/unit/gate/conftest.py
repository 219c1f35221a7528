"""Predictions files of any kind, written by the same call."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write columns to `name`, in the format of its ending."""

    def to(name: str, **columns: Any) -> Path:
        path = tmp_path / name
        frame = pl.DataFrame({key.replace("__", ":"): values for key, values in columns.items()}, strict=False)
        {".parquet": frame.write_parquet, ".csv": frame.write_csv, ".jsonl": frame.write_ndjson}[path.suffix](path)
        return path

    return to


@pytest.fixture
def two_models(write: Write) -> Callable[..., tuple[Path, Path]]:
    """The candidate's and Production's files over n rows of two classes, right with the given probabilities."""

    def make(n: int, production: float, candidate: float, *, seed: int = 0) -> tuple[Path, Path]:
        generator = np.random.default_rng(seed)
        label = generator.integers(0, 2, n)
        files = []
        for name, right in (("candidate", candidate), ("production", production)):
            answer = np.where(generator.random(n) < right, label, 1 - label)
            score = np.clip(np.where(answer == 1, 0.8, 0.2) + generator.normal(0, 0.05, n), 0.01, 0.99)
            files.append(write(f"{name}.parquet", id=np.arange(n), label=label, prediction=answer, score=score))
        return files[0], files[1]

    return make
