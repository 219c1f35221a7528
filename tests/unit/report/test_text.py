"""The table at a terminal."""

from io import StringIO

from rich.console import Console

from headgate.record import Baseline, Check, Verdict
from headgate.report import verdict_text
from headgate.report.wording import number


def printed(verdict: Verdict, name: str, *, width: int = 110) -> str:
    stream = StringIO()
    Console(file=stream, width=width).print(verdict_text(verdict, name))
    return stream.getvalue()


def failing(**changed: object) -> Verdict:
    check = Check.model_validate(
        {
            "id": "f1_macro.max_drop",
            "metric": "f1_macro",
            "kind": "non_inferiority",
            "direction": "higher",
            "production": 0.7208,
            "candidate": 0.6251,
            "difference": -0.0957,
            "interval": (-0.11, -0.08),
            "confidence": 0.95,
            "margin": 0.02,
            "method": "multinomial-bootstrap",
            "verdict": "fail",
            **changed,
        }
    )
    return Verdict.model_validate(
        {
            "verdict": "fail",
            "reasons": ("f1_macro.max_drop: surely more than 0.02 lower than Production",),
            "baseline": Baseline(kind="registry", version="7"),
            "checks": (check,),
            "blocking": True,
            "policy": "sha256:" + "0" * 64,
            "decided_at": "2026-11-21T10:00:00Z",
        }
    )


def test_the_verdict_stands_first_and_the_reason_below_the_table() -> None:
    lines = [line.strip() for line in printed(failing(), "sentiment").splitlines() if line.strip()]

    assert lines[0] == "FAIL: sentiment may not replace Production v7"
    row = "f1_macro 0.7208 0.6251 -0.0957 (≤ -0.0800) ≥ -0.0200 multinomial-bootstrap fail"
    assert row.split() in [line.split() for line in lines]
    assert lines[-1] == "f1_macro.max_drop: surely more than 0.02 lower than Production"


def test_a_narrow_terminal_breaks_no_number_and_no_name() -> None:
    lines = [line.split() for line in printed(failing(), "sentiment", width=80).splitlines()]

    assert ["f1_macro", "-0.0957", "(≤", "-0.0800)", "≥", "-0.0200", "fail"] in lines
    assert ["multinomial-bootstrap", "0.7208", "→", "0.6251"] in lines


def test_what_was_overridden_is_said_in_the_first_line() -> None:
    let_through = failing(overridden_by="octocat").model_copy(update={"verdict": "pass"})

    first, *more = printed(let_through, "sentiment", width=140).splitlines()
    assert first == "PASS with 1 check overridden: sentiment may replace Production v7"
    assert any(line.endswith("fail, overridden by octocat") for line in map(str.rstrip, more))


def test_many_slices_are_counted_and_those_that_fail_are_shown() -> None:
    good = {"slice": {"column": "source", "value": "web"}, "verdict": "pass"}
    checks = [failing(**good).checks[0]] * 40 + [failing(**good | {"verdict": "not_judged"}).checks[0]]
    bad = failing(slice={"column": "length >= 100", "value": "true", "condition": True}).checks[0]

    shown = printed(failing().model_copy(update={"checks": (*checks, bad)}), "sentiment")

    assert "40 checks on slices pass, 1 is not judged" in shown
    assert "f1_macro, length >= 100" in shown
    assert "source = web" not in shown


def test_words_of_others_are_no_markup() -> None:
    assert "f1[red]" in printed(failing(metric="f1[red]"), "sentiment")


def test_numbers_keep_the_digits_that_matter() -> None:
    shown = [number(value) for value in (None, 0.0, 0.74125, 0.00001, 12.345, 123456.7)]

    assert shown == ["-", "0.0000", "0.7412", "1.0e-05", "12.35", "123,457"]  # halves go to the even digit
    assert number(0.01, signed=True) == "+0.0100"
