"""Whatever method the gate decides by, it can be told in words."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from headgate.config.gate import Gate
from headgate.gate import comparison_of_files, decide
from headgate.report.explanation import explain

OF_CLASSES: dict[str, dict[str, Any]] = {
    **{
        name: {"max_drop": 0.05, "min": {"value": 0.5, "sure": True}}
        for name in ("accuracy", "balanced_accuracy", "f1_macro", "precision[1]", "mcc", "cohen_kappa", "roc_auc",
                     "average_precision")
    },
    **{name: {"max_rise": 0.05, "max": {"value": 2, "sure": True}} for name in ("log_loss", "brier", "ece")},
}  # fmt: skip
OF_NUMBERS: dict[str, dict[str, Any]] = {
    **{name: {"max_rise": 0.5, "max": {"value": 90, "sure": True}} for name in ("mae", "rmse", "mape")},
    "r2": {"max_drop": 0.05, "min": 0.5},
}
CHANCE = np.random.default_rng(1)


def write(folder: Path, name: str, *, numeric: bool, rows: int) -> Path:
    truth = np.random.default_rng(rows).normal(50, 10, rows) if numeric else np.arange(rows) % 2
    answer = truth + CHANCE.normal(0, 2, rows) if numeric else np.where(CHANCE.random(rows) < 0.8, truth, 1 - truth)
    path = folder / f"{name}.parquet"
    score = np.clip(answer * 0.6 + CHANCE.random(rows) * 0.3, 0, 1)
    columns = {"id": np.arange(rows), "label": truth, "prediction": answer, "score": score, "who": np.arange(rows) // 3}
    pl.DataFrame(columns).write_parquet(path)
    return path


@pytest.mark.parametrize("group", [None, "who"])
@pytest.mark.parametrize("rows", [300, 3000])
@pytest.mark.parametrize("metrics", [OF_CLASSES, OF_NUMBERS], ids=["classes", "numbers"])
def test_every_check_is_explained_by_its_method(
    tmp_path: Path, metrics: dict[str, dict[str, Any]], rows: int, group: str | None
) -> None:
    gate = Gate.model_validate({"metrics": metrics, "columns": {"group": group}})
    files = (write(tmp_path, name, numeric=metrics is OF_NUMBERS, rows=rows) for name in ("candidate", "production"))
    _, verdict = decide(gate, comparison_of_files(gate, *files))

    for check in verdict.checks:
        parts = dict(explain(verdict, check.id).parts)
        assert check.verdict != "error", check
        assert "By the method" not in parts["how"], check.method
        assert "{" not in parts["how"]
        assert parts["what would change it"]
