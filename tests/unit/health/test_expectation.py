"""What an answer must contain."""

from typing import Any

import pytest

from headgate.health.expectation import mismatches
from headgate.health.latency import summary


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ({}, {"anything": 1}),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2, "c": 3}]}),
        ({"p": 0.333333333}, {"p": 0.33333333333}),
        ({"n": 1}, {"n": 1.0}),
        ("ok", "ok"),
        ({"a": None}, {"a": None}),
    ],
)
def test_what_is_asked_for_is_there(expected: Any, got: Any) -> None:
    assert list(mismatches(expected, got)) == []


@pytest.mark.parametrize(
    ("expected", "got", "said"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b: expected 1, got 2"),
        ({"a": 1}, {}, "a: expected 1, and there is no such key"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "a[1]: expected 2, got 3"),
        ({"a": [1]}, {"a": [1, 2]}, "a: expected [1], got [1, 2]"),
        ({"a": True}, {"a": 1}, "a: expected true, got 1"),
        ({"a": 1}, {"a": "1"}, 'a: expected 1, got "1"'),
        ({"a": 0.9}, {"a": 0.8999}, "a: expected 0.9, got 0.8999"),
        ({"a": None}, {}, "a: expected null, and there is no such key"),
        ({"a": 1}, [1], 'the body: expected {"a": 1}, got [1]'),
    ],
)
def test_what_differs_is_named(expected: Any, got: Any, said: str) -> None:
    assert list(mismatches(expected, got)) == [said]


def test_percentiles_are_values_that_were_measured() -> None:
    latency = summary([hundredth / 100 for hundredth in range(100, 0, -1)])

    assert (latency.p50, latency.p95, latency.p99, latency.samples) == (0.5, 0.95, 0.99, 100)
    assert summary([0.25]).p99 == 0.25
