"""The policy's lines, from the file and from the command line; and every policy that is none."""

import pytest
from pydantic import ValidationError

from headgate.config.gate import Gate
from headgate.gate.policy import PolicyUnusable, policy_from_checks, policy_of


def test_every_limit_is_a_line_with_its_id() -> None:
    gate = Gate.model_validate(
        {
            "metrics": {"accuracy": {"min": 0.7, "max_drop": 0.01}, "log_loss": {"max_rise": "5%"}},
            "reported": {"train.seconds": {"max": 600, "max_rise": "20%"}},
        }
    )

    policy = policy_of(gate)

    assert [line.id for line in policy.lines] == [
        "accuracy.min",
        "accuracy.max_drop",
        "log_loss.max_rise",
        "train.seconds.max",
        "train.seconds.max_rise",
    ]
    assert policy.metrics == ("accuracy", "log_loss")
    assert policy.compares_metrics
    assert policy.compares_reported


def test_an_empty_policy_is_an_error() -> None:
    with pytest.raises(PolicyUnusable) as caught:
        policy_of(Gate())

    assert caught.value.exit_code == 2
    assert "empty" in caught.value.message


def test_an_override_of_no_check_names_the_nearest() -> None:
    gate = Gate.model_validate(
        {
            "metrics": {"f1_macro": {"max_drop": 0.1}},
            "overrides": [{"check": "f1_macr.max_drop", "reason": "r", "by": "octocat", "until": "2026-12-31"}],
        }
    )

    with pytest.raises(PolicyUnusable, match=r"did you mean 'f1_macro\.max_drop'"):
        policy_of(gate)


def test_one_check_asked_for_twice_is_an_error() -> None:
    gate = Gate.model_validate({"metrics": {"accuracy": {"min": 0.7}}, "reported": {"accuracy": {"min": 0.7}}})

    with pytest.raises(PolicyUnusable, match=r"accuracy\.min"):
        policy_of(gate)


def test_a_margin_in_the_wrong_direction_is_an_error() -> None:
    with pytest.raises(ValidationError, match="lower is better; write max_rise"):
        Gate.model_validate({"metrics": {"log_loss": {"max_drop": 0.1}}})


def test_the_digest_follows_the_policy_and_nothing_else() -> None:
    one = policy_of(policy_from_checks(["accuracy.max_drop=0.01", "f1_macro.min=0.5"])).digest
    same = policy_of(policy_from_checks(["f1_macro.min=0.5", "accuracy.max_drop=0.010"])).digest
    other = policy_of(policy_from_checks(["accuracy.max_drop=0.02", "f1_macro.min=0.5"])).digest

    assert one == same != other


def test_checks_from_the_command_line_are_a_policy() -> None:
    gate = policy_from_checks(["accuracy.max_drop=0.01", "log_loss.max_rise=5%", "f1[a=b].min=0.7"])

    assert [line.id for line in policy_of(gate).lines] == ["accuracy.max_drop", "log_loss.max_rise", "f1[a=b].min"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accuracy", "not of the form"),
        ("accuracy=0.1", "not of the form"),
        ("accuracy.max_dorp=0.1", "did you mean 'max_drop'"),
        ("acuracy.max_drop=0.1", "did you mean 'accuracy'"),
        ("accuracy.max_drop=-0.1", "not a margin"),
        ("accuracy.max_drop=nan", "not a margin"),
        ("accuracy.max_drop=much", "not a margin"),
        ("accuracy.min=nan", "finite"),
        ("accuracy.max_rise=0.1", "higher is better; write max_drop"),
    ],
)
def test_a_wrong_check_is_explained(text: str, said: str) -> None:
    with pytest.raises(PolicyUnusable, match=said) as caught:
        policy_from_checks([text])

    assert caught.value.exit_code == 2


def test_a_check_given_twice_is_an_error() -> None:
    with pytest.raises(PolicyUnusable, match="given twice"):
        policy_from_checks(["accuracy.min=0.1", "accuracy.min=0.2"])
