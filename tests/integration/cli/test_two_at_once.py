"""Two releases in one folder would train over each other's files."""

from headgate.process import await_until
from support.project import Project


def test_the_second_release_is_told_who_is_at_work(project: Project) -> None:
    project.params(waits=True)
    first = project.start("release", "--until", "gate")
    try:
        assert await_until((project.folder / "training-started").exists, timeout=60)
        second = project.headgate("release", "--until", "gate")
    finally:
        ended = project.interrupt(first)

    assert second.exit_code == 3
    assert "headgate: another release is under way here\n" in second.stderr
    assert f"Process {first.pid} is releasing from {project.folder}." in second.stderr
    assert second.stdout == ""
    assert ended.exit_code == 130


def test_a_killed_release_leaves_no_lock_behind(project: Project) -> None:
    project.params(waits=True)
    first = project.start("release", "--until", "gate")
    assert await_until((project.folder / "training-started").exists, timeout=60)
    first.kill()
    first.communicate()
    project.params(quality=0.8)
    outcome = project.headgate("release", "--until", "pull")

    assert outcome.exit_code == 0, outcome.stderr
