"""Verdicts, and the evidence behind them, as the gate makes them: for tests of what is told about them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from headgate.record import Baseline, Check, Record, Rows, Run, Slice, Source, Verdict
from headgate.statistics.evidence import (
    Agreement,
    Bin,
    ClassCurves,
    Closeness,
    Curve,
    Errors,
    ErrorsAt,
    Evidence,
    Example,
    Matrix,
    Side,
)

NOW = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)
DIGEST = "sha256:" + "0" * 64


def check(**changed: Any) -> Check:
    """A comparison that passes."""
    values: dict[str, Any] = {
        "id": "accuracy.max_drop",
        "metric": "accuracy",
        "kind": "non_inferiority",
        "direction": "higher",
        "production": 0.7412,
        "candidate": 0.7455,
        "difference": 0.0043,
        "interval": (-0.0011, 0.0097),
        "confidence": 0.95,
        "margin": 0.01,
        "method": "paired-wald",
        "rows": 7632,
        "verdict": "pass",
        "detectable_margin": 0.0082,
    }
    return Check(**values | changed)


def floor(**changed: Any) -> Check:
    """A floor under the measured value."""
    values: dict[str, Any] = {
        "id": "accuracy.min",
        "kind": "floor",
        "limit": 0.7,
        "margin": None,
        "interval": None,
        "confidence": None,
        "method": "measured",
        "detectable_margin": None,
    }
    return check(**values | changed)


def of_slice(value: str, **changed: Any) -> Check:
    """The comparison on the rows from one source."""
    where = Slice(column="source", value=value)
    return check(**{"id": f"accuracy.max_drop[source={value}]", "slice": where, "rows": 700, "margin": 0.05} | changed)


def verdict(*checks: Check, **changed: Any) -> Verdict:
    """A verdict over `checks`, by default a pass against Production v7."""
    values: dict[str, Any] = {
        "verdict": "pass",
        "rows": Rows(joined=7632),
        "uses": 3,
        "baseline": Baseline(kind="registry", version="7"),
        "checks": checks or (check(),),
        "blocking": False,
        "policy": DIGEST,
        "decided_at": NOW,
    }
    return Verdict(**values | changed)


def record(name: str = "sentiment", **sections: Any) -> Record:
    """The record of a candidate that was trained."""
    trained = Run(
        id="3f9c",
        tracking="sqlite:///x",
        experiment=name,
        command="dvc repro",
        metrics={"accuracy": 0.7455},
        model_path="m",
        model_digest=DIGEST,
        predictions_path=None,
        predictions_digest=None,
        lock=None,
        started_at=NOW,
        ended_at=NOW,
    )
    source = Source(commit="a" * 40, actor="octocat", created_at=NOW)
    return Record(headgate="0.1.0", name=name, source=source, run=trained, **sections)


def classified(*classes: str, examples: tuple[Example, ...] | None = None) -> Evidence:
    """The evidence of a classification with probabilities; `classes` are its two."""
    names = classes or ("negative", "positive")
    side = Side(
        matrix=Matrix(names, ((300, 40), (60, 400))),
        curves=(
            ClassCurves(
                names[-1],
                Curve(((0.0, 0.0), (0.1, 0.8), (1.0, 1.0)), 0.87),
                Curve(((0.2, 1.0), (0.9, 0.8), (1.0, 0.5)), 0.83),
            ),
        ),
        reliability=(Bin(0.2, 0.25, 0.2, 0.3, 400), Bin(0.8, 0.74, 0.7, 0.78, 400)),
    )
    return Evidence(
        candidate=side,
        production=side,
        agreement=Agreement(600, 60, 40, 80, 20),
        probability_of=names[-1],
        examples=examples,
    )


def numeric() -> Evidence:
    """The evidence of numeric predictions."""
    along = (ErrorsAt(10.0, -2.0, 0.1, 2.0, 50), ErrorsAt(20.0, -3.0, -0.1, 4.0, 50))
    errors = Errors(mean=0.12, along=along, edges=(-4.0, -1.0, 1.0, 4.0), shares=(0.2, 0.6, 0.19))
    side = Side(errors=errors)
    return Evidence(candidate=side, production=side, closeness=Closeness(48, 40, 12))
