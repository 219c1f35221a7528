"""The hook `headgate-config`: one line per mistake, silent when there is none."""

import os
from pathlib import Path

import pytest

from headgate_hooks.config import main

HEAD = "version: 1\nmodel: sentiment\n"


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str, name: str = "headgate.yaml") -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_a_valid_file_passes_in_silence(written, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([written(HEAD)]) == 0
    assert capsys.readouterr() == ("", "")


def test_without_files_there_is_nothing_to_refuse() -> None:
    assert main([]) == 0


def test_every_mistake_of_every_file_has_a_line(written, capsys: pytest.CaptureFixture[str]) -> None:
    first = written(HEAD + "depoly: {}\ntrain: {timout: 1h}\n")
    good = written(HEAD, "good.yaml")
    second = written(HEAD + "deploy: {port: 0}\n", "second.yaml")

    assert main([first, good, second]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{first}:3", f"{first}:4", f"{second}:3"]
    assert "did you mean 'deploy'" in lines[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version: \x00", "not valid YAML"),
        ("#" * 1_000_001, "a configuration has at most"),
    ],
)
def test_a_file_wrong_as_a_whole_is_wrong_on_line_1(
    written, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    path = written(text)

    assert main([path]) == 1

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{path}:1: ")
    assert line.count(path) == 1
    assert says in line


def test_a_file_that_is_gone_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "headgate.yaml"

    assert main([str(path)]) == 1
    assert capsys.readouterr().out == f"{path}:1: does not exist.\n"


def test_variables_that_only_ci_knows_are_no_mistake(written) -> None:
    path = written(HEAD + "tracking: {uri: '${ONLY_CI_KNOWS_THIS}'}\n")

    assert main([path]) == 0
    assert "ONLY_CI_KNOWS_THIS" not in os.environ


def test_variables_that_are_set_keep_their_value(written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKING", "https://mlflow.example.com")

    assert main([written(HEAD + "tracking: {uri: '${TRACKING}'}\n")]) == 0
    assert os.environ["TRACKING"] == "https://mlflow.example.com"
