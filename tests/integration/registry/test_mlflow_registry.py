"""MLflow's registry, on a real sqlite store."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from headgate.config import Config
from headgate.registry import (
    ArtifactDamaged,
    ProductionMoved,
    Registry,
    RegistryUnreachable,
    VersionMissing,
    open_registry,
)
from headgate.tracking.empty_database import create_database
from support.team import NOON, candidate, git


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    # MLflow's own migrations take five seconds.
    create_database(folder / ".headgate" / "mlflow.db", artifacts=folder / ".headgate" / "artifacts")
    git(folder, "init", "--quiet")
    git(folder, "-c", "user.name=o", "-c", "user.email=o@example.com", "commit", "--quiet", "--allow-empty", "-m", "x")
    return folder


def minutes() -> Callable[[], datetime]:
    """A clock that goes a minute further at each look."""
    looks = iter(range(1000))
    return lambda: NOON + timedelta(minutes=next(looks))


@pytest.fixture
def registry(project: Path) -> Registry:
    return opened(project)


def opened(project: Path, **changes: Any) -> Registry:
    settings = {"version": 1, "model": "sentiment", "registry": {"uri": "tracking"}, **changes}
    return open_registry(Config.model_validate(settings), project=project, clock=minutes())


@pytest.fixture
def client(project: Path) -> MlflowClient:
    uri = f"sqlite:///{project}/.headgate/mlflow.db"
    return MlflowClient(uri, uri)


def kept(project: Path, content: bytes) -> Path:
    """Where the store keeps a file with this content."""
    (found,) = [path for path in (project / ".headgate" / "artifacts").rglob("*") if _holds(path, content)]
    return found


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def test_the_first_model_ever_has_no_production_and_no_history(registry: Registry) -> None:
    assert registry.production() is None
    assert registry.history() == []


def test_a_registered_version_comes_back_as_it_went(project: Path, registry: Registry) -> None:
    made = candidate(project, b"a model")
    version = registry.register(made)

    assert version.version == "1"
    assert (version.model_digest, version.predictions_digest) == (made.model_digest, made.predictions_digest)
    assert (version.evaluation_data, version.commit) == (made.evaluation_data, made.commit)
    assert version.metrics == {"accuracy": 0.7455, "f1_macro": 0.7251}
    assert version.facts["run-url"] == "https://example.com/1"
    assert opened(project).version("1") == version
    assert registry.fetch(version, "model", project / "fetched").read_bytes() == b"a model"
    assert registry.fetch(version, "predictions", project / "fetched").name == "predictions.csv"


def test_a_model_may_be_a_folder(project: Path, registry: Registry) -> None:
    made = candidate(project, b"")
    made.model.unlink()
    folder = made.model
    (folder / "weights").mkdir(parents=True)
    (folder / "weights" / "part-0").write_bytes(b"0")
    (folder / "config.json").write_bytes(b"{}")
    version = registry.register(candidate(project, {}))

    fetched = registry.fetch(version, "model", project / "fetched")

    assert (fetched / "weights" / "part-0").read_bytes() == b"0"


def test_the_artifacts_go_to_the_run_that_trained_the_model(
    project: Path, registry: Registry, client: MlflowClient
) -> None:
    experiment = client.create_experiment("training", artifact_location=str(project / ".headgate" / "artifacts" / "t"))
    run = client.create_run(experiment).info.run_id
    client.log_metric(run, "accuracy", 0.9)

    version = registry.register(candidate(project, b"a model", run=run))

    assert version.run == run
    assert version.metrics == {"accuracy": 0.9}
    assert run in str(kept(project, b"a model"))


def test_what_the_training_uploaded_is_not_uploaded_again(
    project: Path, registry: Registry, client: MlflowClient
) -> None:
    run = registry.register(candidate(project, b"another")).run
    assert run is not None
    made = candidate(project, b"a model", run=run)
    client.log_artifact(run, str(made.model), "model")

    version = registry.register(made)

    assert kept(project, b"a model").parts[-2:] == ("model", "model.bin")
    assert registry.fetch(version, "model", project / "fetched").read_bytes() == b"a model"


def test_two_versions_of_one_run_keep_their_own_models(project: Path, registry: Registry) -> None:
    first = registry.register(candidate(project, b"first"))
    second = registry.register(candidate(project, b"second", run=first.run))

    assert first.run == second.run
    assert registry.fetch(first, "model", project / "1").read_bytes() == b"first"
    assert registry.fetch(second, "model", project / "2").read_bytes() == b"second"


def test_registering_points_the_alias_candidate_at_the_version(
    project: Path, registry: Registry, client: MlflowClient
) -> None:
    registry.register(candidate(project, b"a model"))
    registry.register(candidate(project, b"another"))

    assert int(client.get_registered_model("sentiment").aliases["candidate"]) == 2
    assert registry.production() is None


def test_promotion_is_seen_and_remembered(project: Path, registry: Registry) -> None:
    for content in (b"first", b"second"):
        registry.register(candidate(project, content))
    registry.promote("1", expected=None, actor="octocat")
    registry.promote("2", expected="1", actor="hubot", reason="better")
    registry.promote("1", expected="2", actor="octocat", reason="rollback")

    production = opened(project).production()
    assert production is not None
    assert production.version == "1"
    assert [(move.previous, move.version, move.actor, move.reason) for move in opened(project).history()] == [
        ("2", "1", "octocat", "rollback"),
        ("1", "2", "hubot", "better"),
        (None, "1", "octocat", None),
    ]


def test_production_that_moved_since_the_gate_is_left_alone(project: Path, registry: Registry) -> None:
    for content in (b"first", b"second", b"third"):
        registry.register(candidate(project, content))
    registry.promote("1", expected=None, actor="octocat")
    registry.promote("3", expected="1", actor="hubot")

    with pytest.raises(ProductionMoved, match=r"names v3 by now \(hubot moved it at .*it named v1"):
        registry.promote("2", expected="1", actor="octocat")

    production = registry.production()
    assert production is not None
    assert production.version == "3"


def test_a_promotion_that_is_run_again_changes_nothing(project: Path, registry: Registry) -> None:
    registry.register(candidate(project, b"first"))
    first = registry.promote("1", expected=None, actor="octocat")

    assert registry.promote("1", expected=None, actor="octocat") == first
    assert registry.history() == [first]


def test_a_move_that_was_interrupted_before_it_was_recorded_is_recorded_when_run_again(
    project: Path, registry: Registry, client: MlflowClient
) -> None:
    for content in (b"first", b"second"):
        registry.register(candidate(project, content))
    registry.promote("1", expected=None, actor="octocat")
    client.set_registered_model_alias("sentiment", "production", "2")

    registry.promote("2", expected="1", actor="octocat")

    assert [(move.previous, move.version) for move in registry.history()] == [("1", "2"), (None, "1")]


def test_a_registry_from_before_aliases_says_production_by_stage(
    project: Path, registry: Registry, client: MlflowClient
) -> None:
    for content in (b"first", b"second", b"third"):
        registry.register(candidate(project, content))
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        client.transition_model_version_stage("sentiment", "2", "Production")

    production = registry.production()
    assert production is not None
    assert production.version == "2"

    registry.promote("3", expected="2", actor="octocat")
    now = registry.production()
    assert now is not None
    assert (now.version, registry.history()[0].previous) == ("3", "2")


def test_a_version_that_something_else_registered_can_be_compared_with(
    project: Path, registry: Registry, client: MlflowClient
) -> None:
    run = client.create_run(client.create_experiment("by-hand", artifact_location=str(project / "by-hand"))).info.run_id
    (project / "model.pkl").write_bytes(b"by hand")
    client.log_artifact(run, str(project / "model.pkl"), "model")
    client.create_registered_model("sentiment")
    client.create_model_version("sentiment", f"runs:/{run}/model", run_id=run)
    client.set_registered_model_alias("sentiment", "production", "1")

    version = registry.production()

    assert version is not None
    assert (version.model_digest, version.predictions_digest, version.facts) == (None, None, {})
    assert (registry.fetch(version, "model", project / "fetched") / "model.pkl").read_bytes() == b"by hand"
    with pytest.raises(ArtifactDamaged, match="without predictions"):
        registry.fetch(version, "predictions", project / "fetched")


@pytest.mark.parametrize("version", ["7", "latest", "-1"])
def test_a_version_that_is_not_there_is_no_error_of_the_registry(
    project: Path, registry: Registry, version: str
) -> None:
    registry.register(candidate(project, b"a model"))

    with pytest.raises(VersionMissing, match=f"sentiment has no version '{version}'"):
        registry.version(version)
    with pytest.raises(VersionMissing):
        registry.promote(version, expected=None, actor="octocat")


def test_a_model_that_was_replaced_is_refused(project: Path, registry: Registry) -> None:
    version = registry.register(candidate(project, b"a model"))
    kept(project, b"a model").write_bytes(b"another model")

    with pytest.raises(ArtifactDamaged, match=r"'model.bin' came back from registered/\w{12}/model.bin of run \w+"):
        registry.fetch(version, "model", project / "fetched")


def test_a_model_that_was_deleted_is_named(project: Path, registry: Registry) -> None:
    version = registry.register(candidate(project, b"a model"))
    kept(project, b"a model").unlink()

    with pytest.raises(ArtifactDamaged, match=r"'model.bin' is not at registered/\w{12}/model.bin of run \w+"):
        registry.fetch(version, "model", project / "fetched")


def test_a_model_that_changed_since_the_gate_is_never_a_version(project: Path, registry: Registry) -> None:
    gated = candidate(project, b"gated")
    gated.model.write_bytes(b"changed")

    with pytest.raises(ArtifactDamaged, match="what was to be registered is"):
        registry.register(gated)

    with pytest.raises(VersionMissing):
        registry.version("1")


def test_a_database_that_is_none_is_never_the_first_model_ever(project: Path, registry: Registry) -> None:
    (project / ".headgate" / "mlflow.db").write_bytes(b"not a database, not at all" * 100)

    with pytest.raises(RegistryUnreachable, match="file is not a database"):
        registry.production()


def test_the_database_is_found_from_every_folder(
    project: Path, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.register(candidate(project, b"a model"))
    monkeypatch.chdir(tmp_path)

    assert opened(project).version("1").version == "1"
    assert list(tmp_path.glob("*.db")) == []
