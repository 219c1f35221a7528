"""Versions and moves as tags: what a team sees from several clones."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from headgate import process
from headgate.errors import UsageError
from headgate.process import Completed, Runner
from headgate.registry import ProductionMoved, RegistryUnreachable, VersionMissing
from support.team import NOON, Team, candidate, git


def before(verb: str, act: Callable[[], object]) -> Runner:
    """A runner that does `act` once, right before the first `git VERB`: as somebody else would in that moment."""
    done: list[object] = []

    def run(argv: Any, **options: Any) -> Completed:
        if argv[:2] == ["git", verb] and not done:
            done.append(None)
            act()
        return process.run(argv, **options)

    return run


def origin_tags(team: Team) -> list[str]:
    return git(team.origin, "tag").split()


def test_the_first_model_ever_has_no_production_and_no_history(team: Team) -> None:
    registry = team.registry(team.dev)

    assert registry.production() is None
    assert registry.history() == []


def test_a_version_is_an_annotated_tag_that_people_and_programs_can_read(published: Team) -> None:
    message = git(published.origin, "tag", "--list", "--format=%(contents)", "sentiment@v3")

    headline, _, block = message.partition("\n\n")
    commit = git(published.dev, "rev-parse", "HEAD")
    assert headline == f"sentiment v3: accuracy 0.7455, f1_macro 0.7251, from {commit[:7]}"
    note = json.loads(block)
    assert note["schema"] == "headgate/version/1"
    assert note["model"]["size"] == len(b"the third model")
    assert published.object_of(b"the third model").parts[-2:] == (note["model"]["md5"][:2], note["model"]["md5"][2:])
    assert git(published.origin, "rev-parse", "sentiment@v3^{commit}") == commit


def test_a_registered_version_comes_back_as_it_went(published: Team) -> None:
    version = published.registry(published.clone("elsewhere")).version("3")

    assert (version.version, version.run, version.created_at) == ("3", "3f9c", NOON)
    assert version.metrics == {"accuracy": 0.7455, "f1_macro": 0.7251}
    assert version.facts["run-url"] == "https://example.com/1"
    assert version.commit == git(published.dev, "rev-parse", "HEAD")


def test_registering_points_the_alias_candidate_at_the_version(published: Team) -> None:
    assert '"version": "2"' in git(published.origin, "tag", "--list", "--format=%(contents)", "sentiment#candidate#2")


def test_promotion_is_seen_by_everybody_and_remembered(published: Team) -> None:
    published.registry(published.dev).promote("2", expected="1", actor="octocat", reason="better")

    seen = published.registry(published.clone("elsewhere"))
    production = seen.production()
    assert production is not None
    assert production.version == "2"
    assert [(move.version, move.previous, move.actor, move.reason) for move in seen.history()] == [
        ("2", "1", "octocat", "better"),
        ("1", None, "octocat", None),
    ]


def test_of_two_deployers_at_the_same_moment_the_second_is_refused(published: Team) -> None:
    hubot = published.registry(published.clone("hubot"))
    overtaken = published.registry(
        published.clone("octocat"), run=before("push", lambda: hubot.promote("3", expected="1", actor="hubot"))
    )

    with pytest.raises(ProductionMoved, match=r"names v3 by now \(hubot moved it at 2026-11-21 12:00:00 UTC\)"):
        overtaken.promote("2", expected="1", actor="octocat")

    assert [move.version for move in hubot.history()] == ["3", "1"]


def test_production_that_moved_since_the_gate_is_left_alone(published: Team) -> None:
    registry = published.registry(published.dev)
    registry.promote("3", expected="1", actor="hubot")

    with pytest.raises(ProductionMoved, match="when the candidate was compared, it named v1"):
        registry.promote("2", expected="1", actor="octocat")

    with pytest.raises(ProductionMoved, match="it named no version"):
        registry.promote("2", expected=None, actor="octocat")


def test_two_deployers_of_the_same_version_both_succeed_and_it_moved_once(published: Team) -> None:
    hubot = published.registry(published.clone("hubot"))
    second = published.registry(
        published.clone("octocat"), run=before("push", lambda: hubot.promote("2", expected="1", actor="hubot"))
    )

    assert second.promote("2", expected="1", actor="octocat").actor == "hubot"
    assert [move.version for move in second.history()] == ["2", "1"]


def test_a_promotion_that_is_run_again_changes_nothing(published: Team) -> None:
    registry = published.registry(published.dev)
    first = registry.promote("2", expected="1", actor="octocat")

    assert registry.promote("2", expected="1", actor="octocat") == first
    assert len(registry.history()) == 2


def test_back_to_an_older_version_and_forward_again_keeps_every_move(published: Team) -> None:
    registry = published.registry(published.dev)
    registry.promote("2", expected="1", actor="octocat")
    registry.promote("1", expected="2", actor="octocat", reason="rollback")

    assert [(move.previous, move.version) for move in registry.history()] == [("2", "1"), ("1", "2"), (None, "1")]


def test_ten_moves_are_in_order(published: Team) -> None:
    registry = published.registry(published.dev)
    for number in range(10):
        version, before_ = ("2", "1") if number % 2 == 0 else ("1", "2")
        registry.promote(version, expected=before_, actor=str(number))

    assert [move.actor for move in registry.history()] == [*"9876543210", "octocat"]


def test_a_registration_whose_number_was_taken_in_the_meantime_gets_the_next(published: Team) -> None:
    other = published.dev

    def take_the_number() -> None:
        git(other, "tag", "--annotate", "sentiment@v4", "--message", "hubot was quicker")
        git(other, "push", "--quiet", "origin", "refs/tags/sentiment@v4")

    registry = published.registry(other, run=before("push", take_the_number))

    version = registry.register(candidate(other, b"octocat's", predictions=None))

    assert version.version == "5"
    assert "hubot" in git(published.origin, "tag", "--list", "--format=%(contents)", "sentiment@v4")
    assert '"version": "5"' in git(published.origin, "tag", "--list", "--format=%(contents)", "sentiment#candidate#4")


def test_a_tag_that_never_reached_the_remote_does_not_count(published: Team) -> None:
    git(published.dev, "tag", "--annotate", "sentiment#production#2", "--message", "left from a failed push")
    registry = published.registry(published.dev)

    production = registry.production()
    assert production is not None
    assert production.version == "1"
    registry.promote("2", expected="1", actor="octocat")

    assert [move.version for move in registry.history()] == ["2", "1"]


def test_tags_in_the_clone_and_none_on_the_remote_are_not_taken_for_the_first_model_ever(published: Team) -> None:
    clone = published.clone("octocat")
    git(published.origin, "tag", "--delete", *origin_tags(published))

    with pytest.raises(RegistryUnreachable, match="has no such tag at all") as refused:
        published.registry(clone).production()

    assert "git push origin refs/tags/sentiment@v" in str(refused.value.hint)


def test_a_remote_that_cannot_be_reached_is_never_the_first_model_ever(published: Team) -> None:
    shutil.rmtree(published.origin)
    registry = published.registry(published.dev)

    for question in (
        registry.production,
        registry.history,
        lambda: registry.version("1"),
        lambda: registry.promote("2", expected="1", actor="octocat"),
        lambda: registry.register(candidate(published.dev, b"another")),
    ):
        with pytest.raises(RegistryUnreachable, match=r"'origin' could not be asked.*does not appear to be a git repo"):
            question()


def test_a_remote_that_refuses_the_tag_says_so_and_leaves_nothing_behind(published: Team) -> None:
    hook = published.origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'tags are made by the release manager' >&2\nexit 1\n")
    hook.chmod(0o755)
    tags = git(published.dev, "tag")

    with pytest.raises(RegistryUnreachable, match=r"pre-receive hook declined.*; tags are made by the release manager"):
        published.registry(published.dev).promote("2", expected="1", actor="octocat")

    assert git(published.dev, "tag") == tags


def test_a_push_whose_answer_was_lost_is_found_to_have_arrived(published: Team) -> None:
    def run(argv: Any, **options: Any) -> Completed:
        ran = process.run(argv, **options)
        lost = argv[:2] == ["git", "push"]
        return Completed(ran.argv, 128, "", "fatal: the remote end hung up unexpectedly") if lost else ran

    move = published.registry(published.dev, run=run).promote("2", expected="1", actor="octocat")

    assert published.registry(published.dev).history()[0] == move


def test_a_shallow_clone_at_another_commit_reads_and_promotes_and_stays_shallow(published: Team) -> None:
    published.commit(published.dev, "work goes on")
    published.commit(published.dev, "and on")
    shallow = published.clone("runner", "--depth=1", "--no-tags")
    registry = published.registry(shallow)

    production = registry.production()
    assert production is not None
    assert production.version == "1"
    registry.promote("2", expected="1", actor="octocat")

    assert [move.version for move in registry.history()] == ["2", "1"]
    assert git(shallow, "log", "--format=%s") == "and on"


def test_the_history_of_a_shallow_clone_is_not_cut_short(published: Team) -> None:
    published.commit(published.dev, "work goes on")
    shallow = published.clone("runner", "--depth=3", "--no-tags")
    commits = git(shallow, "rev-list", "HEAD")

    published.registry(published.dev).promote("3", expected="1", actor="octocat")

    assert [move.version for move in published.registry(shallow).history()] == ["3", "1"]
    assert git(shallow, "rev-list", "HEAD") == commits


def test_a_version_that_is_not_there_is_named_with_those_that_are(published: Team) -> None:
    registry = published.registry(published.dev)

    with pytest.raises(VersionMissing, match="no tag sentiment@v7: sentiment has v3, v2, v1"):
        registry.version("7")
    with pytest.raises(VersionMissing):
        registry.promote("7", expected="1", actor="octocat")


def test_an_alias_that_names_a_deleted_version_is_not_the_first_model_ever(published: Team) -> None:
    git(published.origin, "tag", "--delete", "sentiment@v1")

    with pytest.raises(VersionMissing, match="no tag sentiment@v1"):
        published.registry(published.dev).production()


@pytest.mark.parametrize("annotation", [[], ["--annotate", "--message", "promoted by hand"]])
def test_a_move_that_another_tool_made_is_not_passed_over(published: Team, annotation: list[str]) -> None:
    git(published.dev, "tag", *annotation, "sentiment#production#2")
    git(published.dev, "push", "--quiet", "origin", "refs/tags/sentiment#production#2")

    with pytest.raises(RegistryUnreachable, match="sentiment#production#2 is not a registry entry"):
        published.registry(published.dev).production()


def test_a_version_that_speaks_of_another_is_no_entry(published: Team) -> None:
    message = git(published.origin, "tag", "--list", "--format=%(contents)", "sentiment@v3")
    git(published.dev, "tag", "--annotate", "--cleanup=verbatim", "--message", message, "sentiment@v4")
    git(published.dev, "push", "--quiet", "origin", "refs/tags/sentiment@v4")

    with pytest.raises(RegistryUnreachable, match=r"sentiment@v4 is not a registry entry.*speaks of sentiment v3"):
        published.registry(published.dev).version("4")


def test_other_tags_of_the_repository_are_none_of_its_business(published: Team) -> None:
    for name in ("v9", "sentiment@v1.2.0", "sentiment@v03", "sentiment-large@v8", "sentiment#production-eu#7"):
        git(published.dev, "tag", name)
        git(published.dev, "push", "--quiet", "origin", f"refs/tags/{name}")

    production = published.registry(published.dev).production()

    assert production is not None
    assert production.version == "1"


def test_without_a_remote_the_tags_of_this_repository_count(team: Team) -> None:
    git(team.dev, "remote", "remove", "origin")
    registry = team.registry(team.dev)

    assert registry.production() is None
    assert registry.register(candidate(team.dev, b"a model")).version == "1"
    registry.promote("1", expected=None, actor="octocat")

    production = registry.production()
    assert production is not None
    assert production.version == "1"
    assert set(git(team.dev, "tag").split()) == {"sentiment@v1", "sentiment#candidate#1", "sentiment#production#1"}


def test_without_a_remote_the_second_of_two_deployers_is_refused_too(published: Team) -> None:
    git(published.dev, "fetch", "--quiet", "--tags", "origin")
    git(published.dev, "remote", "remove", "origin")
    quicker = published.registry(published.dev)
    overtaken = published.registry(
        published.dev, run=before("update-ref", lambda: quicker.promote("3", expected="1", actor="hubot"))
    )

    with pytest.raises(ProductionMoved, match="names v3 by now"):
        overtaken.promote("2", expected="1", actor="octocat")


def test_of_several_remotes_the_one_of_the_branch_is_the_registry(published: Team) -> None:
    git(published.dev, "remote", "rename", "origin", "upstream")
    git(published.dev, "remote", "add", "fork", "../fork.git")

    with pytest.raises(UsageError, match="none of them 'origin'"):
        published.registry(published.dev)

    git(published.dev, "config", "branch.main.remote", "upstream")
    assert published.registry(published.dev).production() is not None
