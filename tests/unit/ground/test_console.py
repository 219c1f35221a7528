"""Talk goes to one stream, without secrets, and with what CI needs to fold and annotate it."""

import io

import pytest

from headgate import masking
from headgate.console import Console
from headgate.errors import CouldNotCarryOut
from headgate.github.actions import add_summary, write_outputs


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_secrets", set())


def console(**environ: str) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(stream, environ=environ), stream


def test_a_step_is_one_line_with_what_it_made() -> None:
    talk, stream = console()
    with talk.step("pull") as step:
        step.detail("not shown without -v")
        step.made("2 files, 4.5 MB from storage")

    assert stream.getvalue().startswith(" pull       2 files, 4.5 MB from storage")
    assert stream.getvalue().count("\n") == 1


def test_in_github_details_are_folded_into_a_group() -> None:
    talk, stream = console(GITHUB_ACTIONS="true")
    with talk.step("pull") as step:
        step.detail("a detail")

    assert stream.getvalue().splitlines()[:3] == ["::group::pull", "   a detail", "::endgroup::"]


def test_a_failed_step_says_so_before_the_error() -> None:
    talk, stream = console()
    with pytest.raises(CouldNotCarryOut), talk.step("pull"):
        raise CouldNotCarryOut("no")

    assert stream.getvalue().startswith(" pull       failed")


def test_secrets_are_masked_whole_and_line_by_line() -> None:
    masking.register("first-line\nsecond-line")
    talk, stream = console()
    talk.say("first-line and second-line and http://octocat:hunter2@example.com/x")

    assert stream.getvalue() == "*** and *** and http://***@example.com/x\n"


def test_an_annotation_cannot_be_broken_out_of() -> None:
    talk, stream = console(GITHUB_ACTIONS="true")
    talk.error(CouldNotCarryOut("line one\n::set-output name=x::y", hint="100% of it"))

    annotation = stream.getvalue().splitlines()[-1]
    assert annotation == (
        "::error title=headgate%3A could not be carried out::line one%0A::set-output name=x::y%0Atry: 100%25 of it"
    )


def test_an_output_cannot_end_itself_and_begin_another(tmp_path) -> None:
    path = tmp_path / "output"
    write_outputs({"verdict": "pass\nEOF\nimage=evil"}, {"GITHUB_OUTPUT": str(path)})

    first, *body, last = path.read_text().splitlines()
    assert first == f"verdict<<{last}"
    assert last not in body


def test_a_summary_has_no_terminal_colours(tmp_path) -> None:
    path = tmp_path / "summary"
    add_summary("\x1b[31mred\x1b[0m", {"GITHUB_STEP_SUMMARY": str(path)})

    assert path.read_text() == "red\n\n"


def test_the_runner_is_told_a_secret_line_by_line_before_anything_can_print_it() -> None:
    talk, stream = console(GITHUB_ACTIONS="true")
    talk.hide("first%line\n}\nanother line")
    talk.say("first%line")

    assert stream.getvalue().splitlines() == ["::add-mask::first%25line", "::add-mask::another line", "***"]


def test_a_secret_is_told_to_nobody_else(tmp_path) -> None:
    talk, stream = console()
    talk.hide("not-for-anybody")
    assert stream.getvalue() == ""

    with (tmp_path / "talk").open("w") as file:
        Console(file, environ={"GITHUB_ACTIONS": "true"}).hide("not-for-anybody")
    assert (tmp_path / "talk").read_text() == ""
