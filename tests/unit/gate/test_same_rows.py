"""Rows that changed since Production was scored: scored again, shared in part, or refused; and the anchor on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from headgate.config.models import Config
from headgate.errors import CouldNotCarryOut, UsageError
from headgate.gate import comparison_from, comparison_of_files, decide
from headgate.gate.decision import Comparison
from headgate.gate.ids import EvaluationDataDiffers
from headgate.gate.policy import PolicyUnusable, policy_of
from headgate.gate.production import BaselineUnavailable
from headgate.gate.rescoring import EvaluateFailed
from headgate.lineage.digests import digest
from headgate.process import Completed, TimedOut
from headgate.record import Run, Verdict
from headgate.registry.base import RegistryUnreachable, UseNotCounted
from support.shelf import NOON, NOTHING, Shelf, version

EVALUATE = "python 'the script.py' --model={model} --out {predictions}"
ACCURACY = {"accuracy": {"max_drop": 0.5}}
SHA = "sha256:" + "7" * 64


def write(path: Path, answers: str, *, first: int = 1) -> Path:
    """Rows `first`, `first`+1, …, one for each letter of `answers`; the truth is always `a`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ids = range(first, first + len(answers))
    pl.DataFrame({"id": ids, "label": ["a"] * len(answers), "prediction": list(answers)}).write_csv(path)
    return path


class Script:
    """Runs `evaluate` as a project's script would: writes `answers` where it is told to."""

    def __init__(self, answers: str | None, *, first: int = 1, exit_code: int = 0, says: Sequence[str] = ()) -> None:
        self.answers, self.first, self.exit_code, self.says = answers, first, exit_code, says
        self.calls: list[tuple[str, ...]] = []
        self.models: list[bytes] = []

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,  # noqa: ARG002
        env: object = None,  # noqa: ARG002
        stdin: str | None = None,  # noqa: ARG002
        timeout: float | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        self.calls.append(tuple(argv))
        if self.exit_code < 0:
            raise TimedOut(argv, timeout or 0)
        for line in self.says:
            assert on_line is not None
            on_line(line)
        self.models.append(Path(argv[2].removeprefix("--model=")).read_bytes())
        if self.answers is not None:
            write(Path(argv[-1]), self.answers, first=self.first)
        return Completed(tuple(argv), self.exit_code, "", "")


class Project:
    """A trained candidate and a registry whose Production was scored on rows 1 to 4."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = folder / "registered.bin"
        self.model.write_bytes(b"the old model")
        self.shelf = Shelf(
            version(SHA, model=digest(self.model)),
            files={
                ("7", "model"): self.model,
                ("7", "predictions"): write(folder / "old.csv", "aaab"),
            },
        )
        self.candidate("aaaa")

    def candidate(self, answers: str, *, first: int = 1) -> None:
        write(self.folder / "p.csv", answers, first=first)

    def config(self, **gate: Any) -> Config:
        return Config.model_validate(
            {
                "version": 1,
                "model": "sentiment",
                "gate": {"metrics": ACCURACY, **gate},
                "train": {"predictions": "p.csv", "timeout": "60s"},
            }
        )

    def compare(self, run: Script | None = None, **gate: Any) -> Comparison:
        made = Run(
            id="1",
            tracking="sqlite:///x",
            experiment="sentiment",
            command="dvc repro",
            metrics={},
            model_path="model",
            model_digest=NOTHING,
            predictions_path="p.csv",
            predictions_digest=digest(self.folder / "p.csv"),
            lock=None,
            started_at=NOON,
            ended_at=NOON,
        )
        return comparison_from(
            self.config(**gate),
            made,
            registry=self.shelf,
            project=self.folder,
            scratch=self.folder / "scratch",
            run=run or Script(None, exit_code=99),
        )

    def verdict(self, run: Script | None = None, **gate: Any) -> Verdict:
        return decide(self.config(**gate).gate, self.compare(run, **gate), clock=lambda: NOON)[1]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_rows_that_changed_are_scored_again_with_the_registered_model(project: Project) -> None:
    project.candidate("aaaaa", first=2)
    script = Script("abbbb", first=2)

    verdict = project.verdict(script, evaluate=EVALUATE)

    (argv,) = script.calls
    assert argv[:2] == ("python", "the script.py")
    assert script.models == [b"the old model"]
    assert verdict.baseline.rescored
    assert (verdict.checks[0].production, verdict.checks[0].candidate) == (0.2, 1.0)


def test_rows_that_are_the_same_are_not_scored_again(project: Project) -> None:
    script = Script("bbbb")

    verdict = project.verdict(script, evaluate=EVALUATE)

    assert script.calls == []
    assert not verdict.baseline.rescored
    assert verdict.checks[0].production == 0.75


def test_a_changed_label_is_changed_evaluation_data(project: Project) -> None:
    pl.DataFrame({"id": [1, 2, 3, 4], "label": list("aaab"), "prediction": list("aaab")}).write_csv(
        project.folder / "p.csv"
    )

    with pytest.raises(EvaluationDataDiffers, match="1 of 4 rows have one label"):
        project.compare()
    with pytest.raises(EvaluationDataDiffers, match="scored again"):
        project.compare(Script("aaaa"), evaluate=EVALUATE)  # a script that still reads the old labels


def test_without_evaluate_it_is_said_that_it_is_missing(project: Project) -> None:
    project.candidate("aaaa", first=2)

    with pytest.raises(EvaluationDataDiffers, match="not scored on the same rows") as caught:
        project.compare()

    assert caught.value.exit_code == 3
    assert "gate.evaluate: python evaluate.py --model {model} --out {predictions}" in str(caught.value.hint)


def test_a_production_without_predictions_is_scored_where_that_is_possible(project: Project) -> None:
    project.shelf.production_version = version(None, model=digest(project.model))

    assert project.verdict(Script("aabb"), evaluate=EVALUATE).checks[0].production == 0.5
    with pytest.raises(BaselineUnavailable, match="without predictions"):
        project.compare()


def test_a_model_that_something_else_registered_is_scored_too(project: Project) -> None:
    project.shelf.production_version = version(None, model=None)

    assert project.verdict(Script("aabb"), evaluate=EVALUATE).baseline.rescored


def test_the_same_model_on_the_same_rows_is_scored_once(project: Project) -> None:
    project.candidate("aaaaa", first=2)
    script = Script("abbbb", first=2)

    project.verdict(script, evaluate=EVALUATE)
    again = project.verdict(script, evaluate=EVALUATE)

    assert len(script.calls) == 1
    assert again.baseline.rescored
    assert again.checks[0].production == 0.2


@pytest.mark.parametrize("changed", ["model", "rows", "command", "script", "data", "kept"])
def test_whatever_changes_is_scored_again(project: Project, changed: str) -> None:
    project.candidate("aaaaa", first=2)
    (project.folder / "the script.py").write_text("1")
    project.verdict(Script("abbbb", first=2), evaluate=EVALUATE)
    command = EVALUATE
    if changed == "model":
        project.model.write_bytes(b"another model")
        project.shelf.production_version = version(SHA, model=digest(project.model))
    elif changed == "rows":
        project.candidate("aaaab", first=3)
    elif changed == "command":
        command += " --fast"
    elif changed == "script":
        (project.folder / "the script.py").write_text("2")
    elif changed == "data":
        (project.folder / "data.csv.dvc").write_text("outs:\n- md5: " + "a" * 32 + "\n  path: data.csv\n")
    else:
        (kept,) = (project.folder / ".headgate" / "rescored").rglob("p.csv")
        kept.write_text("id,label,prediction\n2,a,a\n")
    script = Script("bbbbb", first=3 if changed == "rows" else 2)
    if changed == "command":
        script = _out_before_the_last_word(script)

    verdict = project.verdict(script, evaluate=command)

    assert len(script.calls) == 1
    assert verdict.checks[0].production == 0.0


def _out_before_the_last_word(script: Script) -> Script:
    class Earlier(Script):
        def __call__(self, argv: Sequence[str], **options: Any) -> Completed:
            return super().__call__(argv[:-1], **options)

    return Earlier(script.answers, first=script.first)


def test_what_the_command_said_is_in_the_error(project: Project) -> None:
    project.candidate("aaaa", first=2)
    script = Script(None, exit_code=1, says=["loading", "KeyError: 'text'"])

    with pytest.raises(EvaluateFailed) as caught:
        project.compare(script, evaluate=EVALUATE)

    assert caught.value.exit_code == 3
    assert "scoring v7 on today's data, exited 1" in caught.value.message
    assert "KeyError: 'text'" in caught.value.message


def test_a_command_that_writes_nothing_is_told_from_one_that_fails(project: Project) -> None:
    project.candidate("aaaa", first=2)

    with pytest.raises(EvaluateFailed, match=r"exited 0 and wrote no p\.csv"):
        project.compare(Script(None), evaluate=EVALUATE)


def test_a_command_that_takes_too_long_names_the_setting(project: Project) -> None:
    project.candidate("aaaa", first=2)

    with pytest.raises(EvaluateFailed, match=r"ended after train\.timeout \(60 s\)"):
        project.compare(Script(None, exit_code=-1), evaluate=EVALUATE)


def test_rows_scored_again_that_are_still_others_are_refused(project: Project) -> None:
    project.candidate("aaaa", first=2)

    with pytest.raises(EvaluationDataDiffers, match="the predictions of Production v7, scored again: 1"):
        project.compare(Script("aaaa"), evaluate=EVALUATE)


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ({"evaluate": "python evaluate.py {model}"}, "has no {predictions}"),
        ({"evaluate": "python evaluate.py 'open {model} {predictions}"}, "cannot be split into words"),
        ({"evaluate": f"{EVALUATE} {{requirements}}"}, "give both or none"),
        ({"evaluate_requirements": "requirements.txt"}, "give both or none"),
        ({"rows": {"at_least": 1.2}}, "less than or equal to 1"),
        ({"anchor": "newest"}, "should match pattern"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_once(project: Project, gate: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("{", r"\{")):
        project.config(**gate)


def test_rows_in_part_are_compared_where_that_is_asked_for_and_reported(project: Project) -> None:
    project.candidate("aaaaa", first=2)

    verdict = project.verdict(rows={"at_least": 0.6})

    assert verdict.rows is not None
    assert (verdict.rows.joined, verdict.rows.candidate_only, verdict.rows.production_only) == (3, 2, 1)
    assert verdict.checks[0].production == pytest.approx(2 / 3)
    assert verdict.checks[0].rows == 3
    assert any("3 rows that both sides have; 2 that only the candidate" in note for note in verdict.notes)


def test_fewer_rows_than_asked_for_are_refused_in_numbers(project: Project) -> None:
    project.candidate("aaaaa", first=2)

    with pytest.raises(EvaluationDataDiffers, match=r"share 3 of 5 rows \(60\.0%\); gate\.rows asks for 61\.0%"):
        project.compare(rows={"at_least": 0.61})


def test_no_shared_row_is_refused_whatever_is_asked_for(project: Project) -> None:
    project.candidate("aaaa", first=100)

    with pytest.raises(EvaluationDataDiffers):
        project.compare(rows={"at_least": 0.001})


def test_the_evaluation_data_is_the_candidates_whole_set(project: Project) -> None:
    project.candidate("aaaaa", first=2)

    in_part = project.compare(rows={"at_least": 0.5})
    whole = project.compare(Script("aaaaa", first=2), evaluate=EVALUATE)

    assert in_part.evaluation_data == whole.evaluation_data


def anchored(project: Project, answers: str, *, first: int = 1) -> None:
    project.shelf.others = {"3": version(SHA, number="3", model=digest(project.model))}
    project.shelf.files = {
        **project.shelf.files,
        ("3", "predictions"): write(project.folder / "v3.csv", answers, first=first),
        ("3", "model"): project.model,
    }


def test_a_slow_slide_is_stopped_by_the_anchor(project: Project) -> None:
    anchored(project, "a" * 400)
    project.candidate("a" * 300 + "b" * 100)
    project.shelf.files = {
        **project.shelf.files,
        ("7", "predictions"): write(project.folder / "old.csv", "a" * 310 + "b" * 90),
    }
    metrics = {"accuracy": {"max_drop": 0.1}}

    assert project.verdict(metrics=metrics).verdict == "pass"
    verdict = project.verdict(metrics=metrics, anchor="v3")

    assert verdict.verdict == "fail"
    assert [(check.id, check.verdict, check.production, check.anchor) for check in verdict.checks] == [
        ("accuracy.max_drop", "pass", 0.775, None),
        ("accuracy.max_drop[anchor=v3]", "fail", 1.0, "3"),
    ]
    assert verdict.anchor is not None
    assert verdict.anchor.version == "3"
    assert verdict.reasons == ("accuracy.max_drop[anchor=v3]: surely more than 0.1 lower than v3, the anchor",)


def test_the_anchor_is_scored_again_like_production(project: Project) -> None:
    anchored(project, "aaaa")
    project.candidate("aaaa", first=2)
    script = Script("aabb", first=2)

    verdict = project.verdict(script, evaluate=EVALUATE, anchor=3)

    assert len(script.calls) == 1  # both versions are the same model here
    assert verdict.anchor is not None
    assert verdict.anchor.rescored
    assert verdict.checks[1].production == 0.5


def test_an_anchor_that_is_production_is_compared_once(project: Project) -> None:
    verdict = project.verdict(anchor=7)

    assert [check.id for check in verdict.checks] == ["accuracy.max_drop"]


def test_an_anchor_that_does_not_exist_is_no_pass(project: Project) -> None:
    with pytest.raises(CouldNotCarryOut, match="no v4"):
        project.compare(anchor=4)


def test_an_anchor_that_would_hold_nothing_is_refused(project: Project) -> None:
    with pytest.raises(PolicyUnusable, match="no comparison that could hold"):
        policy_of(project.config(metrics={"accuracy": {"min": 0.5}}, anchor=3).gate)


def test_an_anchor_needs_a_registry(project: Project) -> None:
    gate = project.config(anchor=3).gate

    with pytest.raises(UsageError, match=r"gate\.anchor names v3"):
        comparison_of_files(gate, project.folder / "p.csv", project.folder / "old.csv")


def test_a_check_against_the_anchor_can_be_overridden_by_its_id(project: Project) -> None:
    anchored(project, "aaaa")
    override = {"check": "accuracy.max_drop[anchor=v3]", "reason": "x", "by": "octocat", "until": "2099-01-01"}
    project.candidate("bbbb")

    verdict = project.verdict(metrics={"accuracy": {"max_drop": 0.1}}, anchor=3, overrides=[override])

    assert verdict.checks[1].overridden_by == "octocat"


def test_each_different_candidate_counts_as_a_use(project: Project) -> None:
    assert project.verdict().uses == 1
    assert project.verdict().uses == 1
    project.candidate("aaab")
    assert project.verdict().uses == 2
    assert (
        comparison_of_files(
            project.config().gate, project.folder / "p.csv", None, registry=project.shelf, scratch=project.folder
        ).uses
        == 2
    )


def test_many_uses_are_said_with_what_they_imply(project: Project) -> None:
    data = project.compare().evaluation_data
    assert data is not None
    project.shelf.uses[data] |= {str(number) for number in range(9)}

    verdict = project.verdict()

    assert verdict.uses == 10
    assert any("10 candidates" in note and "probability of up to 40%" in note for note in verdict.notes)


def test_a_registry_that_cannot_be_written_does_not_stop_the_gate(project: Project) -> None:
    class ReadOnly(Shelf):
        def count_use(self, evaluation_data: str, candidate: str) -> int:  # noqa: ARG002
            raise UseNotCounted("The git remote 'origin' did not take it.", known=12)

    project.shelf = ReadOnly(project.shelf.production_version, files=project.shelf.files)

    verdict = project.verdict()

    assert (verdict.verdict, verdict.uses) == ("pass", None)
    assert any(
        "could not be counted: The git remote" in note and "12 were counted before" in note for note in verdict.notes
    )


def test_uses_that_cannot_be_asked_for_are_not_known(project: Project) -> None:
    class Silent(Shelf):
        def count_use(self, evaluation_data: str, candidate: str) -> int:  # noqa: ARG002
            raise RegistryUnreachable("no answer")

    project.shelf = Silent(project.shelf.production_version, files=project.shelf.files)

    assert project.verdict().uses is None


def test_a_use_is_not_counted_when_nothing_was_decided(project: Project) -> None:
    project.candidate("aaaa", first=2)

    with pytest.raises(EvaluationDataDiffers):
        project.compare()

    assert project.shelf.uses == {}
