"""Talk goes to one stream, without secrets, and with what CI needs to fold and annotate it."""

import io

import pytest

from headgate import masking
from headgate.console import Console, Step, without_commands
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


def test_no_line_of_foreign_text_is_a_command() -> None:
    talk, stream = console(GITHUB_ACTIONS="true")
    with talk.step("pull") as step:
        step.detail("##[add-mask]pass")
        step.made("one\n::set-output name=x::y ##[error]z")

    assert "##[" not in stream.getvalue()
    obeyed = [line for line in stream.getvalue().splitlines() if line.startswith("::")]
    assert obeyed == ["::group::pull", "::endgroup::"]
    assert "##[" not in without_commands("##[error]z")
    assert without_commands(" ::error::z\na::b") == "\u200b ::error::z\na::b"


def test_secrets_are_given_to_the_runner_line_by_line_and_nowhere_else() -> None:
    for environ, shown in (({"GITHUB_ACTIONS": "true"}, "::add-mask::one%0A100%25\n"), ({}, "")):
        talk, stream = console(**environ)
        talk.hide(["one\n100%"])
        assert stream.getvalue() == shown


def test_a_notice_is_on_the_runs_page_and_elsewhere_a_line() -> None:
    here, elsewhere = console(GITHUB_ACTIONS="true"), console()
    for talk, _ in (here, elsewhere):
        talk.notice("left out")
        talk.annotate("warning", "a title", "a remark")

    assert here[1].getvalue() == "::notice title=headgate::left out\n::warning title=a title::a remark\n"
    assert elsewhere[1].getvalue() == "headgate: left out\n"


def test_a_line_that_was_not_written_is_no_sign_of_life() -> None:
    seconds = [0.0]
    stream = io.StringIO()
    step = Step(Console(stream, environ={}, clock=lambda: seconds[0]), "train")
    for seconds[0] in (20.0, 29.0):
        step.detail("hidden without -v")
        step.sign_of_life()

    assert stream.getvalue() == "   … train: working (29 s)\n"


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
