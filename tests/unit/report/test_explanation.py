"""One check in plain words, and what would change its verdict."""

import io
from typing import Any

import pytest
from rich.console import Console

from headgate.errors import UsageError
from headgate.record import Baseline, Check, Slice
from headgate.report.explanation import explain
from support.verdicts import check, floor, of_slice, verdict


def told(one: Check, **of_verdict: Any) -> dict[str, str]:
    return dict(explain(verdict(one, **of_verdict), one.id).parts)


def test_a_pass_says_which_margin_it_would_still_pass_with() -> None:
    parts = told(check())

    assert parts["asked"] == "Is the candidate's accuracy lower than that of Production v7 by more than 0.0100?"
    assert "on the same 7,632 rows, paired by id" in parts["compared"]
    assert "1.645 standard errors" in parts["how"]
    assert "a difference of +0.0043" in parts["found"]
    assert parts["decided"] == "Pass: the bound -0.0011 is above what is allowed, -0.0100."
    assert "it passes with one above 0.0011" in parts["what would change it"]
    assert "where the margin is 0.0082 or more." in parts["what would change it"]


def test_a_failure_says_up_to_which_margin_it_fails() -> None:
    parts = told(check(difference=-0.05, interval=(-0.06, -0.04), verdict="fail"))

    assert "-0.0400, is below what is allowed, -0.0100" in parts["decided"]
    assert "it passes with one above 0.0600" in parts["what would change it"]
    assert "Up to 0.0400 it fails" in parts["what would change it"]


def test_an_open_question_says_how_many_rows_would_decide_and_what() -> None:
    undecided = check(difference=-0.004, interval=(-0.014, 0.006), verdict="inconclusive", required_rows=21_200)

    parts = told(undecided)

    assert parts["decided"].startswith("Inconclusive: what is allowed, -0.0100, lies between the bounds")
    assert "about 21,200, 13,568 more than now" in parts["what would change it"]
    assert "it would then pass" in parts["what would change it"]


def test_an_open_question_at_the_margin_itself_has_no_number_of_rows() -> None:
    parts = told(check(difference=-0.01, interval=(-0.02, 0.0), verdict="inconclusive"))

    assert "No number of rows decides it" in parts["what would change it"]


def test_a_loss_is_told_the_other_way_round() -> None:
    parts = told(
        check(id="log_loss.max_rise", metric="log_loss", direction="lower", difference=0.03, interval=(0.02, 0.04),
              verdict="fail")
    )  # fmt: skip

    assert "log_loss higher than that of Production v7" in parts["asked"]
    assert "+0.0200, is above what is allowed, +0.0100" in parts["decided"]
    assert "it passes with one above 0.0400" in parts["what would change it"]


def test_a_margin_that_these_rows_can_hardly_show_is_said_to_be_one() -> None:
    assert "the one that is asked for is smaller" in told(check(detectable_margin=0.03))["what would change it"]


def test_a_surely_better_candidate_passes_with_any_margin() -> None:
    changes = told(check(difference=0.02, interval=(0.01, 0.03)))["what would change it"]

    assert "it passes with any, 0 included" in changes
    assert "It fails with none" in changes


def test_a_floor_under_the_measured_value_names_the_limit() -> None:
    parts = told(floor())

    assert parts["asked"] == "Is the candidate's accuracy at least 0.7000?"
    assert "no allowance is made for chance" in parts["how"]
    assert parts["decided"] == "Pass: 0.7455 is at least 0.7000."


def test_a_sure_floor_speaks_of_the_value_and_its_bound() -> None:
    parts = told(floor(interval=(0.737, 0.754), confidence=0.95, method="wilson"))

    assert parts["asked"] == "Is the candidate's accuracy surely at least 0.7000?"
    assert "The true value is above 0.7370 with 95% confidence" in parts["found"]
    assert "It passes with a limit of 0.7370" in parts["what would change it"]


def test_a_ceiling_is_told_the_other_way_round() -> None:
    ceiling = floor(kind="ceiling", direction="lower", limit=0.8, interval=(0.737, 0.754), confidence=0.95,
                    method="wald")  # fmt: skip

    assert told(ceiling)["decided"] == "Pass: the bound 0.7540 is below what is allowed, 0.8000."


@pytest.mark.parametrize(("direction", "relation"), [("higher", "at least"), ("lower", "at most")])
def test_a_limit_on_fairness_is_a_floor_of_a_ratio_and_a_ceiling_of_a_difference(direction: str, relation: str) -> None:
    parts = told(floor(kind="fairness", direction=direction))

    assert parts["asked"] == f"Is the candidate's accuracy {relation} 0.7000?"


def test_numbers_without_rows_say_so() -> None:
    point = check(
        id="seconds.max_rise", metric="seconds", direction="lower", interval=None, confidence=None, method="point",
        rows=None, production=10.0, candidate=14.0, difference=4.0, margin=2.0, verdict="fail", detectable_margin=None,
        reason="4 higher than Production, 2 is allowed",
    )  # fmt: skip

    parts = told(point)

    assert "compared" not in parts
    assert "no rows behind them" in parts["how"]
    assert parts["decided"] == "Fail: 4 higher than Production, 2 is allowed."
    assert parts["what would change it"] == "It passes with any margin from 4.0000 on."


def test_a_slice_names_its_rows_and_how_many_there_are() -> None:
    parts = told(of_slice("mobile"))

    assert "on the rows where source = mobile" in parts["asked"]
    assert "700 rows of the 7,632" in parts["compared"]


def test_a_slice_too_small_to_judge_says_what_would_help() -> None:
    small = of_slice("fax", verdict="not_judged", reason="12 rows, and min_rows is 100", interval=None, method="none")

    parts = told(small)

    assert parts["decided"] == "Not judged: 12 rows, and min_rows is 100."
    assert "smaller min_rows" in parts["what would change it"]


def test_a_check_that_could_not_be_made_says_why() -> None:
    broken = check(
        production=None, candidate=None, difference=None, interval=None, confidence=None, margin=None, rows=None,
        method="none", verdict="error", reason="no row has the label 'bird'", detectable_margin=None,
    )  # fmt: skip

    assert told(broken)["decided"] == "Error: no row has the label 'bird'."


def test_the_first_model_is_compared_with_nothing() -> None:
    first = check(
        production=None, difference=None, interval=None, confidence=None, margin=None, method="none",
        detectable_margin=None, reason="there is no Production yet, and on_no_baseline is pass",
    )  # fmt: skip

    parts = told(first, baseline=Baseline(kind="none"))

    assert parts["compared"] == "The candidate's answers on 7,632 rows."
    assert "there is no Production yet" in parts["decided"]


def test_an_override_is_named() -> None:
    parts = told(check(verdict="fail", interval=(-0.06, -0.04), difference=-0.05, overridden_by="octocat"))

    assert "octocat overrides it" in parts["decided"]


def test_an_anchor_is_named_in_place_of_production() -> None:
    parts = told(check(id="accuracy.max_drop[anchor=v3]", anchor="3"))

    assert "than that of the anchor v3" in parts["asked"]
    assert "Production" not in "".join(parts.values())


def test_groups_widen_the_bounds_and_the_words_say_so() -> None:
    how = told(check(method="clustered-wald"))["how"]

    assert "t standard errors" in how
    assert "Rows of one group depend on each other" in how


def test_a_method_without_words_is_named() -> None:
    assert told(check(method="oracle"))["how"] == "By the method 'oracle'."


def test_an_unknown_check_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no check 'acuracy.max_drop'; did you mean 'accuracy.max_drop'"):
        explain(verdict(), "acuracy.max_drop")


def test_all_three_forms_say_the_same() -> None:
    found = explain(verdict(), "accuracy.max_drop")
    stream = io.StringIO()
    Console(file=stream, width=600).print(found.text())

    assert found.to_json()["schema"] == "headgate/explanation/1"
    for title, text in found.parts:
        assert {"title": title, "text": text} in found.to_json()["parts"]
        assert text in stream.getvalue()
        assert f"**{title}**" in found.markdown()


def test_foreign_names_are_no_markup() -> None:
    foreign = of_slice("<img src=x onerror=alert(1)>", slice=Slice(column="[red]", value="<img src=x>"))

    found = explain(verdict(foreign), foreign.id)
    stream = io.StringIO()
    Console(file=stream, width=200).print(found.text())

    assert "<img" not in found.markdown()
    assert "where [red] = <img src=x>" in stream.getvalue()
