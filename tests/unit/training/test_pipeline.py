"""The command is split into words and never read by a shell; its end is told with its last lines."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from headgate.config.models import Train
from headgate.errors import UsageError
from headgate.process import Completed, TimedOut
from headgate.training import PipelineFailed
from headgate.training.pipeline import pipeline_of


def ending(returncode: int, *lines: str, late: bool = False) -> Any:
    def run(argv: Sequence[str], *, on_line: Callable[[str], None], **_options: object) -> Completed:
        for line in lines:
            on_line(line)
        if late:
            raise TimedOut(argv, 60, lines)
        return Completed(tuple(argv), returncode, "", "", lines)

    return run


def test_words_are_split_as_a_shell_would_and_run_by_none(tmp_path: Path) -> None:
    pipeline = pipeline_of(Train(command="python 'my train.py' --tag=\"a b\" ; rm -rf $HOME"), tmp_path)
    assert pipeline.argv == ("python", "my train.py", "--tag=a b", ";", "rm", "-rf", "$HOME")


def test_dvc_repro_is_the_default_where_there_is_a_pipeline(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").touch()
    assert pipeline_of(Train(), tmp_path).argv == ("dvc", "repro")


@pytest.mark.parametrize("config", [Train(), Train(command=""), Train(command="python 'x")])
def test_a_command_that_is_none_is_a_mistake_in_the_configuration(tmp_path: Path, config: Train) -> None:
    with pytest.raises(UsageError):
        pipeline_of(config, tmp_path)


def test_a_failure_shows_the_last_lines_and_how_to_see_more(tmp_path: Path) -> None:
    pipeline = pipeline_of(Train(command="python train.py"), tmp_path)
    lines = [f"line {n}" for n in range(30)]
    with pytest.raises(PipelineFailed) as caught:
        pipeline.train({}, run=ending(3, *lines), on_line=lambda _line: None)

    assert caught.value.message.splitlines()[0] == "`python train.py` exited 3. Its last lines:"
    assert caught.value.message.splitlines()[-1] == "  line 29"
    assert len(caught.value.message.splitlines()) == 16
    assert caught.value.exit_code == 3


def test_running_out_of_time_shows_what_it_was_doing(tmp_path: Path) -> None:
    pipeline = pipeline_of(Train(command="python train.py", timeout="1m"), tmp_path)
    with pytest.raises(PipelineFailed, match=r"(?s)train\.timeout \(60 s\).*epoch 3"):
        pipeline.train({}, run=ending(0, "epoch 3", late=True), on_line=lambda _line: None)
