"""A plan as people read it."""

import io
from datetime import datetime, timezone
from typing import Any

import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from headgate.record import Baseline
from headgate.record.plan import Outlook, Plan, PlannedCheck, Scenario
from headgate.report.plan import OUTLOOKS, plan_markdown, plan_text


def check(**changed: Any) -> PlannedCheck:
    values: dict[str, Any] = {
        "id": "accuracy.max_drop",
        "metric": "accuracy",
        "kind": "non_inferiority",
        "direction": "higher",
        "production": 0.74,
        "margin": 0.01,
        "rows": 7600,
        "scenarios": (
            Scenario(discordance=0.05, required_rows=3092, chance=0.99, smallest_margin=0.006),
            Scenario(discordance=0.1, required_rows=12366, chance=0.87, smallest_margin=0.009),
            Scenario(discordance=0.2),
        ),
        "outlook": "ready",
        "why": "it passes",
    }
    return PlannedCheck(**values | changed)


def plan(*checks: PlannedCheck) -> Plan:
    return Plan(
        baseline=Baseline(kind="registry", version="7"),
        rows=7600,
        confidence=0.95,
        power=0.8,
        most_discordance=0.5,
        assumptions=("It is assumed.",),
        checks=checks or (check(),),
        policy="sha256:" + "0" * 64,
        planned_at=datetime(2026, 11, 21, 10, tzinfo=timezone.utc),
    )


def printed(shown: Plan, *, width: int = 140) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(plan_text(shown))
    return stream.getvalue()


def test_a_narrow_terminal_breaks_no_number_and_no_name() -> None:
    lines = [line.split() for line in printed(plan(check(id="average_precision.max_drop")), width=80).splitlines()]

    assert ["average_precision.max_drop", "3,092", "12,366", "-", "ready"] in lines
    assert ["allowed", "≥", "-0.0100,", "7,600", "rows"] in lines


def test_the_headline_counts_the_checks_that_the_rows_are_enough_for() -> None:
    shown = printed(plan(check(), check(id="b", outlook="few_rows"), check(id="c", outlook="no_interval")))

    assert shown.startswith("PLAN: 7,600 rows of Production v7 are enough for 1 of 2 checks that compare")


def test_each_check_has_its_rows_by_how_many_differ() -> None:
    (row,) = [line for line in printed(plan()).splitlines() if "accuracy.max_drop" in line]

    assert row.split() == ["accuracy.max_drop", "≥", "-0.0100", "7,600", "3,092", "12,366", "-", "ready"]


@pytest.mark.parametrize("outlook", [outlook for outlook in OUTLOOKS if outlook != "ready"])
def test_what_is_not_ready_says_why(outlook: Outlook) -> None:
    one = plan(check(outlook=outlook, why="because of this"))

    assert "accuracy.max_drop: because of this." in printed(one)
    assert OUTLOOKS[outlook] in printed(one)
    assert f"**{OUTLOOKS[outlook]}**" in plan_markdown(one)


def test_markdown_marks_what_the_rows_are_too_few_for() -> None:
    (row,) = [line for line in plan_markdown(plan()).splitlines() if line.startswith("| accuracy")]

    assert row == "| accuracy.max_drop | ≥ -0.0100 | 7,600 | 3,092 | **12,366** | - | ready |"


def test_a_limit_and_a_loss_are_written_their_way_round() -> None:
    shown = printed(
        plan(
            check(kind="ceiling", direction="lower", margin=None, limit=0.6, outlook="no_interval"),
            check(direction="lower", margin=0.05),
        )
    )

    assert "≤ 0.6000" in shown
    assert "≤ +0.0500" in shown


def test_foreign_names_are_no_markup() -> None:
    foreign = check(id="f1[<img src=x>].max_drop[a|b=@octocat]", outlook="few_rows")

    assert "f1[<img src=x>]" in printed(plan(foreign))
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(plan_markdown(plan(foreign)))
    assert "<img" not in html
    assert "@octocat" not in html


def test_assumptions_are_said() -> None:
    assert "It is assumed." in printed(plan())
    assert "It is assumed." in plan_markdown(plan())
