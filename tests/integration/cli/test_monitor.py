"""`headgate monitor` on telemetry in a file, against predictions in a file."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from support.project import Project
from support.telemetry import lines, predicted

NOW = datetime.now(timezone.utc)
AT = NOW - timedelta(minutes=5)


@pytest.fixture
def watched(gated: Project) -> Project:
    """Its telemetry lies beside it; the reference are the predictions of its training: half cats, half dogs."""
    configure(gated, drift={"prediction": {"psi": 0.2}})
    return gated


def configure(project: Project, **monitor: Any) -> None:
    project.configure(monitor={"telemetry": "file:telemetry.jsonl", "reference": "reports/predictions.csv", **monitor})


def tell(project: Project, telemetry: list[bytes]) -> None:
    (project.folder / "telemetry.jsonl").write_bytes(b"\n".join(telemetry))


def test_production_that_answers_like_the_reference_is_ok(watched: Project) -> None:
    tell(watched, predicted(["cat", "dog"] * 300, at=AT))
    outcome = watched.headgate("monitor", "--format", "json")

    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.json["schema"] == "headgate/monitor/1"
    assert outcome.json["decision"] == "ok"


def test_production_that_answers_otherwise_is_an_alert_with_its_evidence(watched: Project) -> None:
    tell(watched, predicted(["cat"] * 600, at=AT))
    outcome = watched.headgate("monitor")

    assert outcome.exit_code == 1, outcome.stderr
    assert "population stability index" in outcome.stdout


def test_too_little_telemetry_is_neither_good_nor_bad(watched: Project) -> None:
    tell(watched, lines(20, at=AT))

    assert watched.headgate("monitor").exit_code == 4


def test_telemetry_that_is_not_there_could_not_be_asked(watched: Project) -> None:
    outcome = watched.headgate("monitor")

    assert outcome.exit_code == 3
    assert "telemetry.jsonl" in outcome.stderr


def test_a_watch_without_limits_watches_nothing(watched: Project) -> None:
    configure(watched)
    outcome = watched.headgate("monitor")

    assert outcome.exit_code == 2
    assert "no limit" in outcome.stderr


def test_retraining_without_an_issue_would_not_remember_itself(watched: Project) -> None:
    configure(watched, drift={"prediction": {"psi": 0.2}}, then=["retrain"])
    outcome = watched.headgate("monitor")

    assert outcome.exit_code == 2
    assert "then: [retrain] needs issue" in outcome.stderr
