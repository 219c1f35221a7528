"""`headgate template`: what there is, on the screen or as files, and nothing of the team's own replaced."""

import yaml

from support.project import Project

USES = ("--uses", f"acme/headgate@{'5' * 40}")
TO = ("--to", ".github/workflows")


def test_the_list_says_what_each_is_for(project: Project) -> None:
    listed = project.headgate("template", "--format", "json").json

    assert {one["name"] for one in listed} >= {"pull-request", "release", "rollback", "comment-from-fork", "retrain"}
    assert all(one["about"].endswith(".") for one in listed)


def test_a_workflow_can_be_looked_at_before_it_is_written(project: Project) -> None:
    shown = project.headgate("template", "release", "--branch", "trunk", *USES)

    assert yaml.safe_load(shown.stdout)[True]["push"]["branches"] == ["trunk"]
    assert not (project.folder / ".github").exists()


def test_the_branch_is_the_repository_s_own(project: Project) -> None:
    shown = project.headgate("template", "release", *USES)

    assert yaml.safe_load(shown.stdout)[True]["push"]["branches"] == ["main"]


def test_written_twice_it_is_as_it_was(project: Project) -> None:
    first = project.headgate("template", "pull-request", *USES, *TO)
    second = project.headgate("template", "pull-request", *USES, *TO)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "headgate-pull-request.yml\n" in first.stderr
    assert "headgate-pull-request.yml  as it was" in second.stderr


def test_a_file_that_was_changed_is_replaced_only_by_force_and_then_alone(project: Project) -> None:
    project.headgate("template", "release", *USES, *TO)
    project.write(".github/workflows/headgate-release.yml", "name: ours\n")
    refused = project.headgate("template", "release", "rollback", *USES, *TO)

    assert refused.exit_code == 2
    assert "headgate-release.yml: there already, and different. Nothing was written." in refused.stderr
    assert not (project.folder / ".github/workflows/headgate-rollback.yml").exists()
    assert project.headgate("template", "release", "--force", *USES, *TO).exit_code == 0
    assert "name: headgate release" in (project.folder / ".github/workflows/headgate-release.yml").read_text()


def test_a_misspelt_name_is_met_with_the_nearest(project: Project) -> None:
    outcome = project.headgate("template", "relaese", *USES)

    assert outcome.exit_code == 2
    assert "did you mean 'release'?" in outcome.stderr


def test_where_headgate_came_from_must_be_known(project: Project) -> None:
    outcome = project.headgate("template", "release")

    assert outcome.exit_code == 2
    assert "--uses acme/headgate@<commit>" in outcome.stderr
