"""What is looked at before anything is built."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from headgate.config.models import Image as ImageConfig
from headgate.errors import CouldNotCarryOut
from headgate.image.context import (
    AnotherCommit,
    Context,
    ModelNotInContext,
    NotTheGatedModel,
    check_commit,
    check_model,
)
from headgate.lineage.digests import digest
from headgate.record import Model, Record, Run, Source

NOW = datetime(2026, 11, 21, 10, 15, 2, tzinfo=timezone.utc)
COMMIT = "3f2c1ab" + 33 * "0"


class Project:
    """A folder with a Dockerfile and a model that was gated and registered."""

    def __init__(self, folder: Path, model: str = "models/model.joblib", **image: Any) -> None:
        self.folder = folder
        self.context = Context.of(ImageConfig(**image), folder, model)
        self.write("Dockerfile", "FROM python:3.11-slim\n")
        self.write(model if "." in model else f"{model}/weights.bin", "weights")
        self.gated = digest(folder / model)

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def check(self, *, registered: str | None = None, by_hand: bool = False) -> None:
        run = Run(
            id="r1",
            tracking="sqlite",
            experiment="sentiment",
            command="dvc repro",
            metrics={},
            model_path="models/model.joblib",
            model_digest=self.gated,
            predictions_path=None,
            predictions_digest=None,
            lock=None,
            started_at=NOW,
            ended_at=NOW,
        )
        model = Model(
            by_hand=by_hand,
            name="sentiment",
            version="8",
            registry="git",
            digest=registered or self.gated,
            registered_at=NOW,
        )
        check_model(self.context, record().model_copy(update={"run": run}), model)


def record() -> Record:
    source = Source(commit=COMMIT, actor="octocat", created_at=NOW)
    return Record(headgate="0.1.0", name="sentiment", source=source)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_the_gated_model_may_be_built(project: Project) -> None:
    project.check()


def test_a_folder_may_be_the_model(tmp_path: Path) -> None:
    Project(tmp_path, "models/bert").check()


def test_a_model_changed_after_the_gate_is_refused(project: Project) -> None:
    project.write("models/model.joblib", "something else")

    with pytest.raises(NotTheGatedModel, match="is not the model that was gated") as refused:
        project.check()
    assert refused.value.exit_code == 3


def test_a_file_added_to_a_model_folder_after_the_gate_is_refused(tmp_path: Path) -> None:
    project = Project(tmp_path, "models/bert")
    project.write("models/bert/backdoor.py", "import os")

    with pytest.raises(NotTheGatedModel):
        project.check()


def test_a_registered_version_of_another_model_is_refused(project: Project) -> None:
    with pytest.raises(NotTheGatedModel, match=r"sentiment v8 is sha256:b{12}, which is not the model that was gated"):
        project.check(registered="sha256:" + 64 * "b")


def test_a_version_named_by_hand_has_to_be_the_model_in_the_context(project: Project) -> None:
    project.check(by_hand=True)
    with pytest.raises(NotTheGatedModel):
        project.check(by_hand=True, registered="sha256:" + 64 * "b")


def test_a_missing_model_is_refused_and_says_what_makes_it(project: Project) -> None:
    project.context.model.unlink()

    with pytest.raises(ModelNotInContext, match=re.escape("There is no models/model.joblib")) as refused:
        project.check()
    assert "headgate train" in (refused.value.hint or "")


def test_a_model_outside_of_the_context_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelNotInContext, match="lies outside of the build context"):
        Project(tmp_path, context="service").check()


def test_a_missing_dockerfile_is_said(project: Project) -> None:
    project.context.dockerfile.unlink()

    with pytest.raises(CouldNotCarryOut, match=r"There is no .*/Dockerfile"):
        project.check()


def test_a_model_that_dvc_left_as_a_link_is_refused_with_the_way_out(project: Project) -> None:
    cached = project.folder / "cache"
    project.context.model.rename(cached)
    project.context.model.symlink_to(cached)

    with pytest.raises(ModelNotInContext, match="is a symbolic link") as refused:
        project.check()
    assert "dvc config cache.type" in (refused.value.hint or "")


@pytest.mark.parametrize("ignored", ["models", "models/", "*", "**/*.joblib", "/models\n!models/other", "# all\n\n*\n"])
def test_an_ignore_file_that_leaves_the_model_out_is_named(project: Project, ignored: str) -> None:
    project.write(".dockerignore", ignored)

    with pytest.raises(ModelNotInContext, match=r"\.dockerignore leaves models/model\.joblib out") as refused:
        project.check()
    assert "!models/model.joblib" in (refused.value.hint or "")


@pytest.mark.parametrize("ignored", ["", "*\n!models/model.joblib", "data\n*.csv", "models/*.bin", "*\n!models"])
def test_an_ignore_file_that_lets_the_model_in_is_fine(project: Project, ignored: str) -> None:
    project.write(".dockerignore", ignored)

    project.check()


def test_the_ignore_file_beside_the_dockerfile_counts_first(project: Project) -> None:
    project.write(".dockerignore", "models")
    project.write("Dockerfile.dockerignore", "data")

    project.check()


def test_an_ignore_file_that_leaves_a_part_of_a_model_folder_out_is_named(tmp_path: Path) -> None:
    project = Project(tmp_path, "models/bert")
    project.write(".dockerignore", "**/*.bin")

    with pytest.raises(ModelNotInContext):
        project.check()


def test_sources_of_another_commit_are_refused() -> None:
    check_commit(record(), COMMIT)

    with pytest.raises(AnotherCommit, match="HEAD is fffffff, and the record belongs to 3f2c1ab") as refused:
        check_commit(record(), 40 * "f")
    assert refused.value.exit_code == 3
