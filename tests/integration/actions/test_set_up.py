"""The set-up of the actions, for real: what is installed, where, and what the job keeps for itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OUTPUT = re.compile(r"^(?P<name>[\w-]+)<<(?P<end>[0-9a-f]{32})\n(?P<value>.*?)\n(?P=end)$", re.M | re.S)


class Machine:
    """A runner: its folder for temporary things, and the files it reads after a step."""

    def __init__(self, folder: Path) -> None:
        self.temp = folder / "temp"
        self.work = folder / "work"
        self.output, self.path = folder / "output", folder / "path"
        self.temp.mkdir()
        self.work.mkdir()

    def step(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the set-up as a step does, in the folder of the job's project."""
        self.output.write_text("")
        return subprocess.run(
            ["bash", ROOT / "actions" / "setup.sh", *words],
            cwd=self.work,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "HEADGATE_"))},
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "RUNNER_OS": "Linux",
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_OUTPUT": str(self.output),
                "GITHUB_PATH": str(self.path),
                **environ,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def outputs(self) -> dict[str, str]:
        return {found["name"]: found["value"] for found in OUTPUT.finditer(self.output.read_text())}

    @property
    def headgate(self) -> Path:
        """What the set-up has put on PATH."""
        (folder,) = set(self.path.read_text().splitlines())
        return Path(folder) / "headgate"


@pytest.fixture(scope="module")
def _machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    done = machine.step("install", HEADGATE_SETUP_VERB="gate")
    assert done.returncode == 0, done.stderr
    yield machine


@pytest.fixture
def machine(_machine: Machine) -> Machine:
    """One where `gate` has been set up."""
    return _machine


def test_headgate_alone_is_put_on_the_path(machine: Machine) -> None:
    assert [path.name for path in machine.headgate.parent.iterdir()] == ["headgate"]
    done = subprocess.run([machine.headgate, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("headgate, version ")


def test_the_second_verb_has_nothing_to_do(machine: Machine) -> None:
    for verb in ("pull", "gate", "release"):
        machine.step("look", HEADGATE_SETUP_VERB=verb)

        assert machine.outputs["ready"] == "true"


def test_an_extra_that_is_missing_is_work_left_and_no_reason_to_begin_anew(machine: Machine) -> None:
    machine.step("look", HEADGATE_SETUP_VERB="gate", HEADGATE_SETUP_EXTRAS="wandb")

    assert (machine.outputs["ready"], machine.outputs["empty"]) == ("false", "false")


def test_the_job_s_modules_are_not_headgate_s(machine: Machine, tmp_path: Path) -> None:
    """A file in the working folder or on PYTHONPATH is the job's, whatever it is called."""
    for name in ("click.py", "yaml.py", "headgate.py", "sitecustomize.py"):
        (tmp_path / name).write_text("raise SystemExit('the job\\'s own module was imported')\n")
    done = subprocess.run(
        [machine.headgate, "gate", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Compare the candidate with Production" in done.stdout


def test_the_environment_works_where_a_cache_restores_it(machine: Machine, tmp_path: Path) -> None:
    elsewhere = Machine(tmp_path)
    subprocess.run(["cp", "-a", machine.temp / "headgate", elsewhere.temp / "headgate"], check=True)
    elsewhere.step("look", HEADGATE_SETUP_VERB="gate")

    assert elsewhere.outputs["ready"] == "true"
    done = subprocess.run([elsewhere.headgate, "gate", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert str(machine.temp) not in elsewhere.headgate.read_text()


def test_what_another_interpreter_left_is_made_anew(machine: Machine, tmp_path: Path) -> None:
    elsewhere = Machine(tmp_path)
    (elsewhere.temp / "headgate" / "env").mkdir(parents=True)
    (elsewhere.temp / "headgate" / "installed.json").write_text('{"requirements": {"base": "1"}, "interpreter": "3.9"}')
    done = elsewhere.step("install", HEADGATE_SETUP_VERB="pull")

    assert done.returncode == 0, done.stderr
    assert subprocess.run([elsewhere.headgate, "--version"], check=False, capture_output=True).returncode == 0


def test_a_command_is_words_and_no_shell_s(machine: Machine) -> None:
    done = machine.step("run", HEADGATE_SETUP_COMMAND="gate '$(touch hacked)' `touch hacked`; touch hacked")

    assert done.returncode == 2
    assert "touch hacked" in done.stderr
    assert list(machine.work.iterdir()) == []


def test_windows_is_told_what_to_do(machine: Machine) -> None:
    done = machine.step("look", RUNNER_OS="Windows")

    assert done.returncode == 3
    assert "headgate runs on Linux and macOS runners. try: runs-on: ubuntu-latest" in done.stderr


def test_a_requirement_that_was_tampered_with_is_not_installed(machine: Machine, tmp_path: Path) -> None:
    """The hashes hold: with one digit changed, nothing is installed."""
    copy = tmp_path / "headgate"
    subprocess.run(["mkdir", "-p", copy / "cli"], check=True)
    for part in ("actions", "requirements"):
        subprocess.run(["cp", "-R", ROOT / part, copy / part], check=True)
    subprocess.run(["cp", "-R", ROOT / "cli" / "headgate", copy / "cli" / "headgate"], check=True)
    base = copy / "requirements" / "base.txt"
    base.write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", base.read_text()))
    elsewhere = Machine(copy)
    done = subprocess.run(
        ["bash", copy / "actions" / "setup.sh", "install"],
        env={**os.environ, "RUNNER_OS": "Linux", "RUNNER_TEMP": str(elsewhere.temp), "HEADGATE_SETUP_VERB": "pull"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 3
    assert "::error title=headgate%3A set-up failed::`uv pip …` exited" in done.stderr
    assert not (elsewhere.temp / "headgate" / "installed.json").exists()


def test_what_the_repository_calls_pip_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "pip.py").write_text("open('was-run', 'w')")
    asks = f"import runpy; runpy.run_path({str(ROOT / 'actions/setup.py')!r})['_python_with_pip']()"

    subprocess.run([sys.executable, "-I", "-c", asks], cwd=tmp_path, check=True)

    assert not (tmp_path / "was-run").exists()
