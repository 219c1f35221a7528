"""Which metrics to judge, which way is better, and by how much a candidate may be worse: guesses a person can correct.

The margins are those that a set of some thousand rows can prove; `headgate gate --plan` says what the rows at hand can.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from headgate.config.metrics import METRICS, Direction
from headgate.onboarding.findings import Table, Task

_MOST = 6  # checks on reported numbers to begin with
_HEADROOM = 0.05  # how far below today's value a floor is put
_LOWER = re.compile(
    r"(log)?loss|err|errors?|[rn]?mse|nrmse|mae|s?mape|medae|brier|ece|perplexity|ppl|[wc]er|f[pn]r|fdr|r?msle|"
    r"latency|seconds|secs|time|duration|memory|size|distance|divergence"
)
_HIGHER = re.compile(
    r"acc|accuracy|f\d+(score)?|fbeta|precision|prec|recall|sensitivity|specificity|(roc)?auc|auroc|auprc|ap\d*|map\d*|"
    r"r2|squared|score|m?iou|dice|jaccard|bleu\d*|rouge\w*|meteor|mcc|kappa|ndcg|mrr|hits?|lift|corr(elation)?|t[pn]r|"
    r"psnr|ssim|explained"
)
_COST = re.compile(r"latency|seconds|time|duration|memory|size", re.IGNORECASE)
_NO_METRIC = re.compile(r"^(step|epoch|iteration|iter|seed|lr|learning_rate|n|count|support|rows|samples)$", re.I)
_HELD_OUT = re.compile(r"test|val|eval|dev|holdout|oof", re.IGNORECASE)
_TRAINING = re.compile(r"train", re.IGNORECASE)
_FAMILIAR: Mapping[str, str] = {
    "acc": "accuracy",
    "accuracy": "accuracy",
    "accuracy_score": "accuracy",
    "f1_macro": "f1_macro",
    "macro_f1": "f1_macro",
    "roc_auc": "roc_auc",
    "auc": "roc_auc",
    "r2": "r2",
}


@dataclass(frozen=True)
class Guess:
    """A metric and its limits by key, e.g. `{"min": "0.70", "max_drop": "0.01"}`; none where no direction is known."""

    metric: str
    limits: Mapping[str, str]


def on_rows(table: Table, numbers: Mapping[str, float]) -> tuple[Guess, ...]:
    """Metrics that the gate computes from predictions."""
    task = table.task or _task_of(numbers)
    metrics: dict[str, str] = {"accuracy": "0.01", "f1_macro": "0.02"}
    if task == "regression":
        metrics = {"rmse": "5%", "mae": "5%"}
    elif task == "binary" and table.score:
        metrics |= {"roc_auc": "0.01", "log_loss": "0.05"}
    elif table.scores:
        metrics["log_loss"] = "0.05"
    floors = _floors(numbers)
    return tuple(Guess(metric, {**floors.get(metric, {}), **_margin(metric, by)}) for metric, by in metrics.items())


def on_numbers(numbers: Mapping[str, float]) -> tuple[tuple[Guess, ...], tuple[Guess, ...]]:
    """Metrics of the metrics files to be judged, and those left aside: without limits where no direction is known."""
    names = [name for name in numbers if not _NO_METRIC.match(_last(name))]
    known = {name: way for name in names if (way := direction(name)) is not None}
    first = [name for name in known if not _TRAINING.search(name) or _HELD_OUT.search(name)]
    held_out = [name for name in first if _HELD_OUT.search(name)]
    chosen = (held_out or first or list(known))[:_MOST]
    guesses = {name: Guess(name, _reported(name, known.get(name), numbers[name])) for name in names}
    return (
        tuple(guesses[name] for name in chosen),
        tuple(guess for name, guess in guesses.items() if name not in chosen),
    )


def direction(name: str) -> Direction | None:
    """Which way is better, by the words of a dotted name, the last part first; None where they do not say."""
    for part in reversed(name.split(".")):
        words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", part).lower())
        if any(map(_LOWER.fullmatch, words)):
            return "lower"
        if any(map(_HIGHER.fullmatch, words)):
            return "higher"
    return None


def _reported(name: str, way: Direction | None, value: float) -> dict[str, str]:
    if way is None:
        return {}
    if way == "lower":
        return {"max_rise": "20%" if _COST.search(name) else "5%"}
    return {"max_drop": "0.01" if 0 <= value <= 1 else "2%"}


def _margin(metric: str, by: str) -> dict[str, str]:
    return {"max_drop" if METRICS[metric].direction == "higher" else "max_rise": by}


def _floors(numbers: Mapping[str, float]) -> dict[str, dict[str, str]]:
    """A floor a little below what the pipeline reports today, for the metrics whose names say which they are."""
    floors: dict[str, dict[str, str]] = {}
    for name, value in numbers.items():
        metric = _FAMILIAR.get(_last(name).lower())
        if metric is None or not 0 < value <= 1 or (_TRAINING.search(name) and not _HELD_OUT.search(name)):
            continue
        floors[metric] = {"min": f"{max(0.0, math.floor(round((value - _HEADROOM) * 100, 6)) / 100):.2f}"}
    return floors


def _task_of(numbers: Iterable[str]) -> Task | None:
    """What the reported numbers say about predictions that nobody could look into."""
    last = [_last(name).lower() for name in numbers]
    return "regression" if any(re.fullmatch(r"(r?mse|mae|mape|r2|r_squared)", name) for name in last) else None


def _last(name: str) -> str:
    return name.rpartition(".")[2]
