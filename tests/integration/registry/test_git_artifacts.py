"""Models on the DVC remote: uploaded, verified, and fetched on machines that never had them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from headgate import process
from headgate.lineage.digests import digest
from headgate.process import Completed
from headgate.registry import ArtifactDamaged, RegistryUnreachable, Version
from headgate.registry.dvc_store import NoDvcRemote
from support.team import DVC_CONFIG, Team, candidate, git

FIRST = b"the first model"


def no_dvc(argv: Any, **options: Any) -> Completed:
    """A runner for what must not start dvc."""
    assert Path(argv[0]).name != "dvc"
    return process.run(argv, **options)


def production(team: Team, project: Path) -> Version:
    found = team.registry(project).production()
    assert found is not None
    return found


def damage(path: Path, content: bytes, *, mode: int = 0o444) -> None:
    """Other content in the place of a DVC object; one that is write-protected DVC takes at its word."""
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(mode)


def test_a_fresh_clone_without_a_cache_gets_productions_model_and_predictions_back(published: Team) -> None:
    shutil.rmtree(published.dev)
    clone = published.clone("elsewhere")
    version = production(published, clone)

    model = published.registry(clone).fetch(version, "model", clone / "fetched")
    predictions = published.registry(clone).fetch(version, "predictions", clone / "fetched")

    assert (model.name, model.read_bytes()) == ("model.bin", FIRST)
    assert (predictions.name, predictions.read_bytes()) == ("predictions.csv", b"id,prediction\n1,a\n" + FIRST)
    assert git(clone, "status", "--porcelain", "--ignored", "--", ".dvc") == ""


def test_what_is_in_the_cache_is_fetched_without_starting_dvc(published: Team) -> None:
    version = production(published, published.dev)

    model = published.registry(published.dev, run=no_dvc).fetch(version, "model", published.folder / "fetched")

    assert model.read_bytes() == FIRST


def test_fetching_again_replaces_what_was_fetched_before(published: Team) -> None:
    registry = published.registry(published.dev)
    into = published.folder / "fetched"
    for number in ("1", "2"):
        fetched = registry.fetch(registry.version(number), "model", into)

    assert fetched.read_bytes() == b"the second model"
    assert [path.name for path in into.iterdir()] == ["model.bin"]


def test_a_damaged_cache_does_not_matter_while_the_remote_is_whole(published: Team) -> None:
    (cached,) = [path for path in (published.dev / ".dvc").rglob("*") if path.is_file() and path.read_bytes() == FIRST]
    damage(cached, b"bit rot")

    model = published.registry(published.dev).fetch(production(published, published.dev), "model", published.folder)

    assert model.read_bytes() == FIRST


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        pytest.param(0o444, r"'model.bin' came back from the DVC remote 'storage' \(md5 \w+\) as sha", id="unnoticed"),
        pytest.param(
            0o644, r"'model.bin' \(md5 \w+\) cannot be had from the DVC remote 'storage'", id="noticed by dvc"
        ),
    ],
)
def test_a_model_that_was_replaced_on_the_remote_is_refused(published: Team, mode: int, words: str) -> None:
    damage(published.object_of(FIRST), b"not the first model", mode=mode)
    clone = published.clone("elsewhere")

    with pytest.raises(ArtifactDamaged, match=words):
        published.registry(clone).fetch(production(published, clone), "model", clone / "fetched")

    assert not (clone / "fetched" / "model.bin").exists()
    assert not (clone / ".dvc" / "cache").exists()


def test_a_model_that_was_deleted_from_the_remote_is_named(published: Team) -> None:
    published.object_of(FIRST).unlink()
    clone = published.clone("elsewhere")

    with pytest.raises(
        ArtifactDamaged, match=r"'model.bin' \(md5 \w{32}\) cannot be had from the DVC remote 'storage'"
    ):
        published.registry(clone).fetch(production(published, clone), "model", clone / "fetched")


def test_a_remote_that_is_not_mounted_is_not_a_deleted_model(published: Team) -> None:
    shutil.rmtree(published.storage)
    clone = published.clone("elsewhere")

    with pytest.raises(
        RegistryUnreachable, match=r"no folder .*/storage on this machine, and that is the DVC remote 'storage'"
    ):
        published.registry(clone).fetch(production(published, clone), "model", clone / "fetched")


def test_a_remote_whose_plugin_is_missing_is_named_with_dvcs_own_words(published: Team) -> None:
    clone = published.clone("elsewhere")
    (clone / ".dvc" / "config").write_text(DVC_CONFIG.replace("../../storage", "s3://models/storage"))

    with pytest.raises(
        RegistryUnreachable, match="could not use the DVC remote 'storage': unexpected error - s3 is supp"
    ):
        published.registry(clone).fetch(production(published, clone), "model", clone / "fetched")


def test_an_upload_that_does_not_come_back_as_it_went_is_never_a_version(published: Team) -> None:
    damage(published.object_of(FIRST), b"not the first model")  # DVC sees an object of that name, and uploads nothing
    tags = git(published.origin, "tag")

    with pytest.raises(ArtifactDamaged, match=r"came back from the DVC remote 'storage'"):
        published.registry(published.dev).register(candidate(published.dev, FIRST))

    assert git(published.origin, "tag") == tags


def test_a_model_that_changed_since_the_gate_is_not_uploaded(published: Team) -> None:
    gated = candidate(published.dev, b"gated")
    gated.model.write_bytes(b"changed")

    with pytest.raises(
        ArtifactDamaged, match=r"models/model.bin is sha256:\w{12}… now, and what was to be registered is"
    ):
        published.registry(published.dev, run=no_dvc).register(gated)


def test_a_model_that_is_gone_since_the_gate_is_named(published: Team) -> None:
    gated = candidate(published.dev, b"gated")
    gated.model.unlink()

    with pytest.raises(ArtifactDamaged, match=r"models/model.bin is not there any more"):
        published.registry(published.dev, run=no_dvc).register(gated)


def test_a_model_may_be_a_folder(published: Team) -> None:
    files = {"config.json": b"{}", "weights/part-0": b"0", "weights/part-1": b"1"}
    made = candidate(published.dev, b"", predictions=None)
    made.model.unlink()
    for name, content in files.items():
        (published.dev / "models" / "bert" / name).parent.mkdir(parents=True, exist_ok=True)
        (published.dev / "models" / "bert" / name).write_bytes(content)
    folder = published.dev / "models" / "bert"
    changes = {"model": folder, "model_digest": digest(folder)}
    version = published.registry(published.dev).register(
        type(made)(**{**{name: getattr(made, name) for name in made.__dataclass_fields__}, **changes})
    )

    clone = published.clone("elsewhere")
    from_remote = published.registry(clone).fetch(version, "model", clone / "fetched")
    from_cache = published.registry(published.dev, run=no_dvc).fetch(version, "model", published.folder / "fetched")

    for fetched in (from_remote, from_cache):
        assert {path.relative_to(fetched).as_posix() for path in fetched.rglob("*") if path.is_file()} == set(files)
        assert digest(fetched) == version.model_digest


def test_predictions_that_were_never_registered_are_not_invented(published: Team) -> None:
    registry = published.registry(published.dev)
    version = registry.version("2")

    assert version.predictions_digest is None
    with pytest.raises(ArtifactDamaged, match="sentiment v2 was registered without predictions"):
        registry.fetch(version, "predictions", published.folder)


def test_a_model_below_the_root_of_a_monorepo_has_versions_of_its_own(published: Team) -> None:
    project = published.dev / "services" / "topics"
    project.mkdir(parents=True)
    registry = published.registry(project, model="topics")

    version = registry.register(candidate(project, b"topics", predictions=None, name="topics"))
    registry.promote("1", expected=None, actor="octocat")

    assert version.version == "1"
    assert production(published, published.dev).name == "sentiment"
    assert [move.version for move in registry.history()] == ["1"]


def test_the_remote_that_headgate_yaml_names_is_used(published: Team) -> None:
    with (published.dev / ".dvc" / "config").open("a") as config:
        config.write("['remote \"models\"']\n    url = ../../models-only\n")

    published.registry(published.dev, data={"remote": "models"}).register(candidate(published.dev, b"elsewhere"))

    kept = [path.read_bytes() for path in (published.folder / "models-only").rglob("*") if path.is_file()]
    assert b"elsewhere" in kept
    assert not any(path.read_bytes() == b"elsewhere" for path in published.storage.rglob("*") if path.is_file())


@pytest.mark.parametrize("config", [None, "[core]\n    analytics = false\n"])
def test_a_project_without_a_dvc_remote_is_told_how_to_get_one(published: Team, config: str | None) -> None:
    settings = published.dev / ".dvc" / "config"
    settings.unlink() if config is None else settings.write_text(config)

    with pytest.raises(NoDvcRemote) as refused:
        published.registry(published.dev).register(candidate(published.dev, b"nowhere"))

    assert refused.value.exit_code == 2
    assert "dvc remote add --default" in str(refused.value.hint)


def test_nothing_is_left_in_the_temporary_folder(published: Team, tmp_path: Path, monkeypatch: Any) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    clone = published.clone("elsewhere")

    published.registry(clone).fetch(production(published, clone), "model", clone / "fetched")

    assert list(scratch.iterdir()) == []
