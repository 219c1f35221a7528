"""The questions as a person at a terminal answers them."""

from __future__ import annotations

from click.testing import CliRunner

from headgate.commands.init import Terminal


def test_one_of_several_is_chosen_by_its_number() -> None:
    with CliRunner().isolation(input="2\n") as (stdout, stderr, _):
        chosen = Terminal().choose("Which?", ["a.pkl", "b.pkl"], "a.pkl")

    assert chosen == "b.pkl"
    assert stdout.getvalue() == b""
    assert b"2  b.pkl" in stderr.getvalue()


def test_a_bare_return_takes_the_default() -> None:
    with CliRunner().isolation(input="\n\n\n"):
        assert Terminal().choose("Which?", ["a.pkl", "b.pkl"], "b.pkl") == "b.pkl"
        assert Terminal().text("Where?", "local") == "local"
        assert Terminal().confirm("Write?", default=True)
