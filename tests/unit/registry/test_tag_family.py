from __future__ import annotations

import pytest

from headgate.registry.tag_family import Family, Tag


def tags(*names: str) -> list[Tag]:
    return [Tag(name, "a" * 40, "b" * 40) for name in names]


def test_the_highest_number_is_the_newest_not_the_last_in_the_alphabet() -> None:
    family = Family("sentiment@v")

    assert list(family.of(tags("sentiment@v2", "sentiment@v10", "sentiment@v9"))) == [10, 9, 2]
    assert family.next(tags("sentiment@v2", "sentiment@v10", "sentiment@v9")) == 11
    assert family.next([]) == 1


@pytest.mark.parametrize(
    "name", ["sentiment@v", "sentiment@v01", "sentiment@v1.2", "sentiment@v1^{}", "my-sentiment@v1", "sentimentXv1"]
)
def test_names_that_only_look_alike_do_not_count(name: str) -> None:
    assert Family("sentiment@v").number(name) is None


def test_a_dot_in_a_models_name_is_a_dot() -> None:
    assert Family("topics.en@v").number("topicsXen@v1") is None
    assert Family("topics.en@v").number("topics.en@v1") == 1
