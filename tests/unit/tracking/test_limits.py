"""Names and values fit what MLflow takes."""

import pytest

from headgate.tracking import limits


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("train.lr", "train.lr"),
        ("f1[positive]", "f1_positive_"),
        ("/a/../b", "a/__/b"),
        ("a" * 300, "a" * 250),
        ("%", "_"),
        ("größe", "größe"),
    ],
)
def test_keys(name: str, key: str) -> None:
    assert limits.key(name) == key


def test_long_values_are_cut_and_say_so() -> None:
    assert limits.param("x" * 7000) == "x" * 5999 + "…"
    assert len(limits.tag("x" * 7000)) == 5000
    assert limits.param(None) == "None"


def test_batches() -> None:
    assert [list(batch) for batch in limits.batches([1, 2, 3, 4, 5], 2)] == [[1, 2], [3, 4], [5]]
