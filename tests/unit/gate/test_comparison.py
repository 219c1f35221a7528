"""Which two sides are compared: the run's files, the registry's Production, and what may not be compared."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from headgate.config.models import Config
from headgate.errors import UsageError
from headgate.gate import comparison_from, comparison_of_files, decide
from headgate.gate.ids import EvaluationDataDiffers
from headgate.gate.policy import policy_from_checks
from headgate.gate.predictions import PredictionsUnusable
from headgate.gate.production import BaselineUnavailable
from headgate.lineage.digests import digest
from headgate.record import Run
from headgate.registry.base import RegistryUnreachable, Version
from support.shelf import NOON, NOTHING, Shelf, version


def config(gate: Mapping[str, Any], **train: Any) -> Config:
    return Config.model_validate({"version": 1, "model": "sentiment", "gate": gate, "train": train})


def run_of(project: Path, predictions: str | None = None, **metrics: float) -> Run:
    return Run(
        id="1",
        tracking="sqlite:///x",
        experiment="sentiment",
        command="dvc repro",
        metrics=metrics,
        model_path="model",
        model_digest=NOTHING,
        predictions_path=predictions,
        predictions_digest=None if predictions is None else digest(project / predictions),
        lock=None,
        started_at=NOON,
        ended_at=NOON,
    )


def write(path: Path, answers: str, *, ids: str = "1234") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({"id": list(ids), "label": list("abab"), "prediction": list(answers)}).write_csv(path)
    return path


ACCURACY = {"metrics": {"accuracy": {"max_drop": 0.5}}}
SECONDS = {"reported": {"seconds": {"max_rise": "20%"}}}


def test_the_run_is_compared_with_the_registrys_production(tmp_path: Path) -> None:
    write(tmp_path / "p.csv", "abab")
    shelf = Shelf(version(), write(tmp_path / "old.csv", "abaa"))

    comparison = comparison_from(
        config(ACCURACY), run_of(tmp_path, "p.csv"), registry=shelf, project=tmp_path, scratch=tmp_path
    )
    _, verdict = decide(config(ACCURACY).gate, comparison)

    assert verdict.baseline.version == "7"
    assert (verdict.checks[0].production, verdict.checks[0].candidate) == (0.75, 1.0)
    assert verdict.evaluation_data == comparison.evaluation_data


def test_nothing_is_downloaded_when_nothing_is_compared_on_rows(tmp_path: Path) -> None:
    write(tmp_path / "p.csv", "abab")
    gate = {"metrics": {"accuracy": {"min": 0.5}}}
    shelf = Shelf(version())

    comparison_from(config(gate), run_of(tmp_path, "p.csv"), registry=shelf, project=tmp_path, scratch=tmp_path)

    assert shelf.fetched == []


def test_no_version_in_production_is_no_baseline(tmp_path: Path) -> None:
    write(tmp_path / "p.csv", "abab")

    comparison = comparison_from(
        config(ACCURACY), run_of(tmp_path, "p.csv"), registry=Shelf(None), project=tmp_path, scratch=tmp_path
    )

    assert comparison.baseline.kind == "none"


def test_an_unreachable_registry_is_never_the_same_as_no_production(tmp_path: Path) -> None:
    class Silent(Shelf):
        def production(self) -> Version | None:
            raise RegistryUnreachable("no answer")

    write(tmp_path / "p.csv", "abab")

    with pytest.raises(RegistryUnreachable):
        comparison_from(
            config(ACCURACY), run_of(tmp_path, "p.csv"), registry=Silent(None), project=tmp_path, scratch=tmp_path
        )


def test_a_production_without_predictions_is_said_with_a_way_out(tmp_path: Path) -> None:
    write(tmp_path / "p.csv", "abab")

    with pytest.raises(BaselineUnavailable, match="Production v7 was registered without predictions") as caught:
        comparison_from(
            config(ACCURACY),
            run_of(tmp_path, "p.csv"),
            registry=Shelf(version(None)),
            project=tmp_path,
            scratch=tmp_path,
        )

    assert caught.value.exit_code == 3
    assert "absolute limits" in str(caught.value.hint)


def test_changed_evaluation_data_names_production_and_not_a_scratch_file(tmp_path: Path) -> None:
    write(tmp_path / "p.csv", "abab")
    shelf = Shelf(version(), write(tmp_path / "old.csv", "abaa", ids="1235"))

    with pytest.raises(EvaluationDataDiffers, match="only in the predictions of Production v7: 5") as caught:
        comparison_from(config(ACCURACY), run_of(tmp_path, "p.csv"), registry=shelf, project=tmp_path, scratch=tmp_path)

    assert "old.csv" not in caught.value.message


def test_predictions_changed_since_the_run_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "p.csv", "abab")
    run = run_of(tmp_path, "p.csv")
    write(tmp_path / "p.csv", "abaa")

    with pytest.raises(PredictionsUnusable, match="changed since"):
        comparison_from(config(ACCURACY), run, registry=Shelf(None), project=tmp_path, scratch=tmp_path)


def test_predictions_that_are_gone_are_said_so(tmp_path: Path) -> None:
    write(tmp_path / "p.csv", "abab")
    run = run_of(tmp_path, "p.csv")
    (tmp_path / "p.csv").unlink()

    with pytest.raises(PredictionsUnusable, match="is gone"):
        comparison_from(config(ACCURACY), run, registry=Shelf(None), project=tmp_path, scratch=tmp_path)


def track(project: Path, md5: str) -> None:
    (project / "data.csv.dvc").write_text(f"outs:\n- md5: {md5}\n  path: data.csv\n")


def data_digest(project: Path) -> str | None:
    return comparison_from(
        config(SECONDS), run_of(project, seconds=1.0), registry=Shelf(None), project=project, scratch=project
    ).evaluation_data


def test_reported_numbers_are_compared_when_the_data_is_the_same(tmp_path: Path) -> None:
    track(tmp_path, "a" * 32)
    shelf = Shelf(version(None, data=data_digest(tmp_path), seconds=100.0))

    comparison = comparison_from(
        config(SECONDS), run_of(tmp_path, seconds=110.0), registry=shelf, project=tmp_path, scratch=tmp_path
    )

    assert decide(config(SECONDS).gate, comparison)[1].verdict == "pass"


def test_reported_numbers_are_not_compared_when_the_data_changed(tmp_path: Path) -> None:
    track(tmp_path, "a" * 32)
    shelf = Shelf(version(None, data=data_digest(tmp_path), seconds=100.0))
    track(tmp_path, "b" * 32)

    with pytest.raises(EvaluationDataDiffers, match="the evaluation data changed since") as caught:
        comparison_from(
            config(SECONDS), run_of(tmp_path, seconds=1.0), registry=shelf, project=tmp_path, scratch=tmp_path
        )

    assert caught.value.exit_code == 3


def test_reported_numbers_are_not_compared_when_nobody_knows_the_data(tmp_path: Path) -> None:
    shelf = Shelf(version(None, data=None, seconds=100.0))

    with pytest.raises(EvaluationDataDiffers, match="is not known"):
        comparison_from(
            config(SECONDS), run_of(tmp_path, seconds=1.0), registry=shelf, project=tmp_path, scratch=tmp_path
        )


def test_absolute_limits_on_reported_numbers_need_no_known_data(tmp_path: Path) -> None:
    gate = {"reported": {"seconds": {"max": 600}}}
    shelf = Shelf(version(None, data=None, seconds=100.0))

    comparison = comparison_from(
        config(gate), run_of(tmp_path, seconds=1.0), registry=shelf, project=tmp_path, scratch=tmp_path
    )

    assert decide(config(gate).gate, comparison)[1].verdict == "pass"


def test_a_model_that_gained_predictions_is_still_compared_by_its_data(tmp_path: Path) -> None:
    track(tmp_path, "a" * 32)
    shelf = Shelf(version(None, data=data_digest(tmp_path), seconds=100.0))
    write(tmp_path / "p.csv", "abab")
    gate = SECONDS | {"metrics": {"accuracy": {"min": 0.5}}}

    comparison = comparison_from(
        config(gate), run_of(tmp_path, "p.csv", seconds=100.0), registry=shelf, project=tmp_path, scratch=tmp_path
    )

    assert decide(config(gate).gate, comparison)[1].verdict == "pass"


def test_a_baseline_file_is_relative_to_the_project(tmp_path: Path) -> None:
    write(tmp_path / "p.csv", "abab")
    write(tmp_path / "pinned" / "old.csv", "abaa")
    gate = ACCURACY | {"baseline": "file:pinned/old.csv"}

    comparison = comparison_from(
        config(gate), run_of(tmp_path, "p.csv"), registry=None, project=tmp_path, scratch=tmp_path
    )

    assert (comparison.baseline.kind, comparison.baseline.version) == ("file", "pinned/old.csv")


def test_two_files_need_no_registry_and_say_they_were_given_by_hand(tmp_path: Path) -> None:
    gate = policy_from_checks(["accuracy.max_drop=0.5"])

    comparison = comparison_of_files(gate, write(tmp_path / "a.csv", "abab"), write(tmp_path / "b.csv", "abaa"))
    evaluation, verdict = decide(gate, comparison)

    assert evaluation.by_hand
    assert verdict.by_hand
    assert evaluation.candidate == digest(tmp_path / "a.csv")
    assert evaluation.production == digest(tmp_path / "b.csv")


def test_a_candidate_alone_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    candidate = write(tmp_path / "a.csv", "abab")

    with pytest.raises(UsageError, match="nothing was named to compare with"):
        comparison_of_files(policy_from_checks(["accuracy.max_drop=0.5"]), candidate, None)
