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
    assert [line for line in stream.getvalue().splitlines() if line.startswith("::")] == [
        "::group::pull",
        "::endgroup::",
    ]
    assert "##[" not in without_commands("##[error]z")
    assert without_commands(" ::error::z\na::b") == "\u200b ::error::z\na::b"


def test_no_command_line_and_no_sign_of_life_is_a_command() -> None:
    stream, now = io.StringIO(), [0.0]
    talk = Console(stream, environ={"GITHUB_ACTIONS": "true"}, verbosity=1, clock=lambda: now[0])
    step = Step(talk, "build")
    talk.command(["python", "train.py\n::add-mask::pass", "##[error]"])
    step.doing("RUN one\n::add-mask::pass ##[group]")
    now[0] = 60.0
    step.sign_of_life()

    assert "##[" not in stream.getvalue()
    assert not any(line.startswith("::") for line in stream.getvalue().splitlines())


def test_a_secret_that_looks_like_a_command_is_masked_all_the_same() -> None:
    masking.register("look::for::me")
    talk, stream = console(GITHUB_ACTIONS="true")
    talk.say("it is look::for::me")

    assert stream.getvalue() == "it is ***\n"


def test_secrets_are_given_to_the_runner_line_by_line_and_nowhere_else() -> None:
    for environ, shown in (({"GITHUB_ACTIONS": "true"}, "::add-mask::one%0A100%25\n"), ({}, "")):
        talk, stream = console(**environ)
        talk.hide(["one\n100%"])
        assert stream.getvalue() == shown


def test_a_notice_is_on_the_runs_page_and_elsewhere_a_line() -> None:
    for environ, shown in (
        ({"GITHUB_ACTIONS": "true"}, "::notice title=headgate::left out\n"),
        ({}, "headgate: left out\n"),
    ):
        talk, stream = console(**environ)
        talk.notice("left out")
        talk.annotate("warning", "x", "y") if not environ else None
        assert stream.getvalue() == shown


def test_a_line_that_was_not_written_is_no_sign_of_life() -> None:
    stream, now = io.StringIO(), [0.0]
    step = Step(Console(stream, environ={}, clock=lambda: now[0]), "train")
    now[0] = 20.0
    step.detail("hidden without -v")
    step.sign_of_life()
    now[0] = 30.0
    step.sign_of_life()

    assert stream.getvalue() == "   … train: working (30 s)\n"


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


def test_a_secret_is_not_told_where_the_talk_goes_into_a_file(tmp_path) -> None:
    with (tmp_path / "talk").open("w") as file:
        Console(file, environ={"GITHUB_ACTIONS": "true"}).hide(["not-for-anybody"])

    assert (tmp_path / "talk").read_text() == ""
