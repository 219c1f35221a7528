"""Which way is better, by the words of a metric's name."""

from __future__ import annotations

import pytest

from headgate.onboarding.limits import direction, on_numbers


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("accuracy", "higher"),
        ("eval.f1_macro", "higher"),
        ("test.roc_auc", "higher"),
        ("mAP50", "higher"),
        ("ndcg@10", "higher"),
        ("avg_prec.test", "higher"),
        ("val_loss", "lower"),
        ("test.rmse", "lower"),
        ("log_loss", "lower"),
        ("wer", "lower"),
        ("error_rate", "lower"),
        ("p95_latency_ms", "lower"),
        ("train.seconds", "lower"),
        ("f1_loss", "lower"),
        ("answer", None),
        ("temperature", None),
    ],
)
def test_direction(name: str, way: str | None) -> None:
    assert direction(name) == way


def test_what_was_measured_on_held_out_data_comes_before_training() -> None:
    guesses, aside = on_numbers({"train.acc": 0.99, "val.acc": 0.9, "step": 7.0, "val.whatever": 3.0})

    assert [guess.metric for guess in guesses] == ["val.acc"]
    assert [(guess.metric, dict(guess.limits)) for guess in aside] == [
        ("train.acc", {"max_drop": "0.01"}),
        ("val.whatever", {}),
    ]
