"""Checks side by side: in order, in time, and none of them ends the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from headgate import masking
from headgate.config import Config
from headgate.errors import CouldNotCarryOut
from headgate.process import Completed
from headgate.workflow.doctor.catalog import NAMES, planned
from headgate.workflow.doctor.diagnosis import WIDTH, Diagnosis
from headgate.workflow.doctor.examination import Planned, bounded, examine
from headgate.workflow.doctor.finding import Context, Finding, Said, fail, ok, warn


def context(_seconds: float) -> Any:
    return None


def well(_context: Context) -> Iterator[Said]:
    yield ok("it is well")


def refused(_context: Context) -> Iterator[Said]:
    yield warn("so far so good")
    raise CouldNotCarryOut("It refused.", hint="ask again")


def broken(_context: Context) -> Iterator[Said]:
    raise ZeroDivisionError("oh")
    yield


def test_findings_come_in_the_order_of_the_plan_whatever_ends_first() -> None:
    later = threading.Event()

    def slow(_context: Context) -> Iterator[Said]:
        assert later.wait(10)
        yield ok("at last")

    def quick(_context: Context) -> Iterator[Said]:
        later.set()
        yield ok("at once")

    found = examine([Planned("slow", slow, 10), Planned("quick", quick, 10)], context)

    assert [finding.check for finding in found] == ["slow", "quick"]


def test_an_error_is_a_failure_with_its_hint_beside_what_was_said_before() -> None:
    found = examine([Planned("a", refused, 5), Planned("b", well, 5)], context)

    assert [(finding.check, finding.state, finding.fix) for finding in found] == [
        ("a", "warn", None),
        ("a", "fail", "ask again"),
        ("b", "ok", None),
    ]


def test_a_defect_in_a_check_is_one_line_and_no_end() -> None:
    found = examine([Planned("a", broken, 5), Planned("b", well, 5)], context)

    assert [finding.state for finding in found] == ["fail", "ok"]
    assert "ZeroDivisionError: oh" in found[0].why


def test_a_check_that_hangs_is_reported_and_not_waited_for() -> None:
    release = threading.Event()

    def hangs(_context: Context) -> Iterator[Said]:
        yield ok("half of it")
        release.wait(60)

    try:
        found = examine([Planned("hangs", hangs, 0.2), Planned("well", well, 5)], context)
    finally:
        release.set()

    assert [(finding.state, finding.why) for finding in found] == [
        ("ok", "half of it"),
        ("fail", "no answer within 0.2 s"),
        ("ok", "it is well"),
    ]


def test_nobody_is_waited_for_longer_than_all_may_take() -> None:
    release = threading.Event()

    def hangs(_context: Context) -> Iterator[Said]:
        release.wait(60)
        yield ok("at last")

    try:
        found = examine([Planned(name, hangs, 50) for name in "abc"], context, in_all=0.3)
    finally:
        release.set()

    assert [finding.why for finding in found] == ["no answer within 0.3 s"] * 3


def test_secrets_in_what_others_say_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_secrets", set())
    masking.register("very-secret")

    def leaks(_context: Context) -> Iterator[Said]:
        yield fail("the password very-secret was refused by https://octocat:hunter2@example.com", "curl very-secret")

    (found,) = examine([Planned("leaks", leaks, 5)], context)

    assert "very-secret" not in found.why + (found.fix or "")
    assert "hunter2" not in found.why


def test_programs_of_a_check_end_before_its_time_does() -> None:
    given: list[float] = []

    def run(argv: Any, *, timeout: float, **_how: Any) -> Completed:
        given.append(timeout)
        return Completed(tuple(argv), 0, "", "")

    limited = bounded(run, 5.0)  # type: ignore[arg-type]
    limited(["dvc"])
    limited(["dvc"], timeout=1800.0)
    limited(["dvc"], timeout=1.0)

    assert 4.0 < given[1] <= given[0] <= 5.0
    assert given[2] == 1.0


def test_a_pull_request_ships_nothing() -> None:
    config = Config.model_validate({"version": 1, "model": "sentiment", "deploy": {"hosts": ["local", "local"]}})

    everything = [one.name for one in planned(config)]
    judging = [one.name for one in planned(config, ships=False)]

    assert list(dict.fromkeys(everything)) == list(NAMES)
    assert set(everything) - set(judging) == {"secrets", "builder", "image-registry", "hosts"}


LONG = "a long story that nobody would want to read on one line, because it does not fit " * 3


def test_a_page_of_text_fits_a_terminal() -> None:
    findings = (
        Finding("data", "fail", LONG, f"dvc push -r storage\n{LONG}", "storage"),
        Finding("image-registry", "ok", "fine"),
        Finding("hosts", "warn", "203.0.113.10 is slow", None, "203.0.113.10"),
    )

    text = Diagnosis(findings).text()

    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert text.splitlines()[0].startswith(" FAIL  data            storage: a long story")
    assert "fix: dvc push -r storage" in text
    assert " ok    image-registry  fine" in text
    assert text.splitlines()[-1] == "1 ok, 1 warning, 1 failure"


@pytest.mark.parametrize(("state", "code"), [("ok", 0), ("warn", 0), ("fail", 3)])
def test_only_a_failure_fails(state: Any, code: int) -> None:
    assert Diagnosis((Finding("data", state, "so it is"),)).exit_code == code


def test_programs_get_every_finding() -> None:
    found = Diagnosis((Finding("hosts", "fail", "it is down", "start it", "203.0.113.10"),)).to_json()

    assert found == {
        "schema": "headgate/doctor/1",
        "healthy": False,
        "counts": {"ok": 0, "warn": 0, "fail": 1},
        "findings": [
            {"check": "hosts", "state": "fail", "why": "it is down", "fix": "start it", "about": "203.0.113.10"}
        ],
    }


def test_foreign_words_are_no_markup_on_a_page() -> None:
    page = Diagnosis((Finding("data", "fail", "<b>@octocat</b> | [x](y)", "a | b"),)).markdown()

    assert "<b>" not in page
    assert "\\|" in page
