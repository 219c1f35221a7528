"""The same verbs in a GitHub workflow: outputs, a summary, annotations, folded logs."""

from pathlib import Path

import pytest

from support.github_job import outputs_in
from support.project import Outcome, Project


class Workflow:
    """A step of a job: the files that GitHub's runner gives it, and what it finds in them afterwards."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self._outputs, self._summary = folder / "output", folder / "summary"
        for file in (self._outputs, self._summary):
            file.touch()

    def headgate(self, *arguments: str) -> Outcome:
        return self.project.headgate(
            *arguments,
            environ={
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTOR": "octocat",
                "GITHUB_SERVER_URL": "https://git.example.com",
                "GITHUB_REPOSITORY": "acme/animals",
                "GITHUB_RUN_ID": "7",
                "GITHUB_OUTPUT": str(self._outputs),
                "GITHUB_STEP_SUMMARY": str(self._summary),
            },
        )

    @property
    def outputs(self) -> dict[str, str]:
        return outputs_in(self._outputs)

    @property
    def summary(self) -> str:
        return self._summary.read_text()


@pytest.fixture
def workflow(gated: Project, tmp_path: Path) -> Workflow:
    return Workflow(gated, tmp_path)


def test_a_release_hands_its_outputs_to_later_steps(workflow: Workflow) -> None:
    outcome = workflow.headgate("release", "--from", "gate", "--until", "register")
    record = workflow.project.record

    assert outcome.exit_code == 0, outcome.stderr
    assert workflow.outputs == {
        "release-record": str(workflow.project.folder / ".headgate/release.json"),
        "run-id": record["run"]["id"],
        "verdict": "pass",
        "model-version": "1",
    }


@pytest.mark.parametrize(("limit", "verdict", "code"), [(0.5, "pass", 0), (0.99, "fail", 1)])
def test_the_gate_hands_its_verdict_to_later_steps_whatever_it_is(
    workflow: Workflow, limit: float, verdict: str, code: int
) -> None:
    workflow.project.configure(gate={"metrics": {"accuracy": {"min": limit}}})
    outcome = workflow.headgate("gate")

    assert outcome.exit_code == code
    assert workflow.outputs["verdict"] == verdict
    assert workflow.outputs["run-id"] == workflow.project.record["run"]["id"]


def test_the_gate_on_files_hands_its_verdict_on_too(workflow: Workflow) -> None:
    files = ("--candidate", "reports/predictions.csv", "--baseline", "reports/predictions.csv")
    workflow.headgate("gate", *files, "--check", "accuracy.min=0.99")

    assert workflow.outputs == {"verdict": "fail"}


def test_the_summary_shows_the_verdict_and_the_lineage(workflow: Workflow) -> None:
    workflow.headgate("release", "--from", "gate", "--until", "gate")

    assert workflow.summary.startswith("### headgate: PASS: animals may become Production")
    assert "| check |" in workflow.summary
    assert workflow.project.record["source"]["commit"] in workflow.summary


def test_a_refusal_is_an_annotation_with_everything_in_one_line(workflow: Workflow) -> None:
    workflow.project.configure(gate={"metrics": {"accuracy": {"min": 0.99}}})
    outcome = workflow.headgate("gate")
    of_check, of_refusal = [line for line in outcome.stderr.splitlines() if line.startswith("::error ")]

    assert outcome.exit_code == 1
    assert of_check.startswith("::error title=headgate%3A accuracy.min::accuracy, floor: fail: Production -, ")
    assert of_refusal.startswith("::error title=headgate%3A the gate refused the candidate::accuracy.min: ")
    assert "%0Atry: " in of_refusal
    assert "FAIL" in workflow.summary


def test_what_could_not_be_carried_out_is_an_annotation_too(workflow: Workflow) -> None:
    outcome = workflow.headgate("build")

    assert outcome.exit_code == 3
    assert "::error title=headgate%3A a step before this one is missing::" in outcome.stderr


def test_a_misspelt_key_is_an_annotation_too(workflow: Workflow) -> None:
    workflow.project.write("headgate.yaml", "version: 1\nmodle: animals\n")
    outcome = workflow.headgate("gate")

    assert outcome.exit_code == 2
    assert "::error title=headgate%3A the configuration is wrong::" in outcome.stderr


def test_every_step_is_a_group_that_is_closed_before_its_line(workflow: Workflow) -> None:
    outcome = workflow.headgate("release", "--from", "gate", "--until", "register")
    marks = [line for line in outcome.stderr.splitlines() if line.startswith("::")]

    assert marks == ["::group::gate", "::endgroup::", "::group::register", "::endgroup::"]
    lines = outcome.stderr.splitlines()
    assert lines[lines.index("::endgroup::") + 1].startswith(" gate       PASS")


def test_a_group_is_closed_when_its_step_fails(workflow: Workflow) -> None:
    workflow.project.write("models/model.json", "{}\n")
    (workflow.project.folder / "reports/predictions.csv").unlink()
    outcome = workflow.headgate("gate")
    marks = [line for line in outcome.stderr.splitlines() if line.startswith(("::group", "::endgroup"))]

    assert outcome.exit_code == 3
    assert marks == ["::group::gate", "::endgroup::"]


def test_the_record_says_who_and_where(project: Project, tmp_path: Path) -> None:
    workflow = Workflow(project, tmp_path)
    workflow.headgate("pull")
    source = workflow.project.record["source"]

    assert source["actor"] == "octocat"
    assert source["run_url"] == "https://git.example.com/acme/animals/actions/runs/7"
