"""What the set-up of the actions decides, without installing anything; it runs before headgate is there."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


def _load() -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("headgate_actions_setup", ROOT / "actions" / "setup.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


setup = _load()


def wanted(verb: str, *extras: str, has_dvc: bool = True, dvc_project: bool = True) -> list[str]:
    return list(setup.Wanted.by(verb, extras, has_dvc=has_dvc, dvc_project=dvc_project).requirements)


def place(
    tmp_path: Path, requirements: dict[str, str], source: str = "s", interpreter: str | None = None
) -> ModuleType:
    """An environment as an earlier step, or a cache, left it."""
    python = tmp_path / "headgate" / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    stamp = {"requirements": requirements, "source": source, "interpreter": interpreter or setup.interpreter()}
    (tmp_path / "headgate" / "installed.json").write_text(json.dumps(stamp))
    return setup.Place.on(tmp_path)


def test_a_verb_gets_what_it_cannot_do_without() -> None:
    assert wanted("pull") == ["base"]
    assert wanted("gate") == ["gate"]
    assert wanted("release", "mlflow", "wandb") == ["gate", "mlflow", "wandb"]


def test_dvc_is_installed_only_where_a_dvc_project_has_none() -> None:
    assert wanted("pull", has_dvc=False) == ["dvc"]
    assert wanted("pull", has_dvc=False, dvc_project=False) == ["base"]
    assert wanted("health", has_dvc=False) == ["base"]


@pytest.mark.parametrize("extra", ["gates", "../gate", "$(id)", "all.txt", "GATE"])
def test_an_extra_that_does_not_exist_is_named(extra: str) -> None:
    with pytest.raises(setup.SetupFailed, match="There is no extra named"):
        wanted("gate", extra)


def test_the_second_verb_finds_everything_there(tmp_path: Path) -> None:
    found = place(tmp_path, {"gate": "1"})

    assert found.ready(setup.Wanted({"gate": "1"}, "s"))
    assert found.ready(setup.Wanted({"base": "2"}, "s")), "every extra's requirements have those of base in them"
    assert found.missing(setup.Wanted({"gate": "1", "mlflow": "3"}, "s")) == ["mlflow"]


def test_nothing_is_taken_for_ready_that_is_not(tmp_path: Path) -> None:
    assert not setup.Place.on(tmp_path).ready(setup.Wanted({"base": "1"}, "s"))
    assert not place(tmp_path / "a", {"gate": "1"}).ready(setup.Wanted({"gate": "2"}, "s"))
    assert not place(tmp_path / "b", {"gate": "1"}, source="old").ready(setup.Wanted({"gate": "1"}, "s"))
    assert not place(tmp_path / "c", {"gate": "1"}, interpreter="3.9").ready(setup.Wanted({"gate": "1"}, "s"))


@pytest.mark.parametrize("stamp", ["", "[]", "{", '"x"', "null", '{"requirements": 3}'])
def test_a_stamp_that_says_nothing_counts_as_nothing(tmp_path: Path, stamp: str) -> None:
    (tmp_path / "headgate").mkdir()
    (tmp_path / "headgate" / "installed.json").write_text(stamp)

    assert setup.Place.on(tmp_path).installed == {}


def test_every_verb_that_needs_an_extra_has_its_requirements() -> None:
    for extra in {*setup.NEEDS.values(), "dvc", "mlflow", "wandb"}:
        assert "--hash=sha256:" in (ROOT / "requirements" / f"{extra}.txt").read_text()


def test_outputs_cannot_be_forged_by_a_job_s_name(tmp_path: Path) -> None:
    output = tmp_path / "output"
    environ = {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_JOB": "a\nready=true",
        "HEADGATE_SETUP_VERB": "gate",
    }
    assert setup.main(["look"], environ) == 0

    assert "\nready=true" not in output.read_text()
    assert "ready<<" in output.read_text()


def test_outside_of_a_runner_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main(["look"], {}) == 3
    assert "::error title=headgate%3A set-up failed::RUNNER_TEMP is not set" in capsys.readouterr().err


def test_a_command_with_an_open_quote_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"RUNNER_TEMP": str(tmp_path), "HEADGATE_SETUP_COMMAND": "gate --check 'accuracy"}

    assert setup.main(["run"], environ) == 3
    assert "cannot be taken apart into words" in capsys.readouterr().err
