"""`headgate-workflows`: workflows that use headgate have what it needs, and give it to nobody else.

Four rules: the permission that a verb needs is granted; the history it compares with is checked out; headgate is pinned
to a commit; and where secrets are within reach, the code of a fork is not.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headgate_hooks.dvc.yaml12 import Document, NotYaml, parse
from headgate_hooks.outcome import Finding, parser_of, run, unless_allowed
from headgate_hooks.staged import Tree

RULE = "workflows"
_ACTION = re.compile(r"(?P<owner>[\w.-]+)/headgate(?:/actions/(?P<verb>[\w-]+))?@(?P<ref>.+)")
_COMMAND = re.compile(r"(?:^|[\s;&|(])headgate\s+(?P<verb>[a-z]+)")
_DIFF = re.compile(r"\bdvc\s+(?:(?:metrics|params|plots)\s+)?diff\b|\bheadgate\s+gate\b.*git:")
_PINNED = re.compile(r"[0-9a-f]{40}|v\d+\.\d+\.\d+")
_FORK = re.compile(
    r"github\.(?:event\.(?:pull_request\.(?:head|merge_commit_sha)|workflow_run\.head_(?:sha|branch|commit))|head_ref)"
    r"|refs/pull/|gh\s+pr\s+checkout"
)
_WITH_SECRETS = ("pull_request_target", "workflow_run", "issue_comment")
_TAGS = "the git registry keeps versions and the alias as tags"
_NEEDS: Mapping[str, Mapping[str, str]] = {
    "comment": {"pull-requests": "it comments on the pull request"},
    "gate": {"statuses": "it sets the commit's status"},
    "register": {"contents": _TAGS},
    "promote": {"contents": _TAGS},
    "deploy": {"deployments": "it tells GitHub of the deployment"},
    "rollback": {"contents": _TAGS, "deployments": "it tells GitHub of the deployment"},
    "release": {"contents": _TAGS, "deployments": "it tells GitHub of the deployment"},
    "monitor": {"issues": "it opens an issue, or brings it up to date"},
}


@dataclass(frozen=True)
class _Use:
    """One step that runs headgate: its verb, its inputs, and the line where it says so."""

    verb: str
    inputs: Mapping[str, Any]
    line: int
    ref: str | None = None


@dataclass(frozen=True)
class _Settings:
    """What headgate.yaml says that workflows depend on."""

    registry_is_git: bool
    baseline_is_git: bool


def main(argv: Sequence[str] | None = None) -> int:
    """Check the workflows named in `argv` and return the exit code."""
    return run(parser_of("headgate-workflows", "Check how workflows use headgate."), check, argv)


def check(arguments: argparse.Namespace) -> Iterator[Finding]:
    """What is wrong in the workflows; those without headgate are nobody's business here."""
    tree = Tree.staged()
    settings: _Settings | None = None
    named = (path for path in tree.at(arguments.files) if path.endswith((".yml", ".yaml")))
    for path, content in tree.read(named):
        if b"headgate" not in content:
            continue
        settings = settings or _settings(tree)
        shown = tree.shown(path)
        try:
            document = parse(content)
        except NotYaml as problem:
            yield Finding(shown, problem.line, problem.why)
            continue
        lines = content.decode(errors="replace").splitlines()
        yield from unless_allowed(_in(shown, document, settings), lines, RULE)


def _in(shown: str, document: Document, settings: _Settings) -> Iterator[Finding]:
    workflow = document.values if isinstance(document.values, dict) else {}
    jobs = workflow.get("jobs")
    if not isinstance(jobs, dict):
        yield from _unpinned(shown, list(_uses(document, ("runs",), workflow.get("runs"))))
        return
    used = False
    for name, job in jobs.items():
        uses = list(_uses(document, ("jobs", str(name)), job))
        if uses:
            used = True
            yield from _unpinned(shown, uses)
            yield from _not_granted(shown, uses, job.get("permissions", workflow.get("permissions")), settings)
            yield from _shallow(shown, document, ("jobs", str(name)), job, uses, settings)
    if used and (trigger := next((one for one in _WITH_SECRETS if one in _triggers(workflow)), None)):
        for name, job in jobs.items():
            yield from _of_a_fork(shown, document, ("jobs", str(name)), job, trigger)


def _uses(document: Document, at: tuple[str, ...], job: Any) -> Iterator[_Use]:
    """Where a job (or a composite action) runs headgate: through its actions, or its program."""
    for number, step in _steps(job):
        where: tuple[str | int, ...] = (*at, "steps", number)
        inputs = _inputs(step)
        if action := _ACTION.fullmatch(str(step.get("uses", ""))):
            verb = action["verb"] or str(inputs.get("command", "")).partition(" ")[0]
            yield _Use(verb, inputs, document.line(*where, "uses"), action["ref"])
        for found in _COMMAND.finditer(str(step.get("run", ""))):
            yield _Use(found["verb"], {}, document.line(*where, "run"))


def _unpinned(shown: str, uses: Sequence[_Use]) -> Iterator[Finding]:
    for use in uses:
        if use.ref is not None and not _PINNED.fullmatch(use.ref):
            why = f"'@{use.ref}' moves: tomorrow it may be other code, with this job's secrets"
            yield Finding(
                shown, use.line, why, "pin the commit, and name the version behind it: @<40 hex digits> # v1.2.3"
            )


def _not_granted(shown: str, uses: Sequence[_Use], granted: Any, settings: _Settings) -> Iterator[Finding]:
    if granted == "write-all":
        return
    grants = granted if isinstance(granted, dict) else {}
    for use in uses:
        for scope, why in _needs(use, settings).items():
            if grants.get(scope) != "write":
                message = f"'{use.verb}' needs the permission '{scope}: write', which the job does not have: {why}"
                yield Finding(
                    shown, use.line, message, f"in the job: permissions: {{{scope}: write}}, beside what it has"
                )


def _needs(use: _Use, settings: _Settings) -> dict[str, str]:
    """What a verb needs; a part of a release needs its part."""
    needs = dict(_NEEDS.get(use.verb, {}))
    until = str(use.inputs.get("until", "promote"))
    if use.verb == "release" and until in ("pull", "train", "gate", "register", "build"):
        needs.pop("deployments")
        if until in ("pull", "train", "gate"):
            needs.pop("contents")
    if not settings.registry_is_git:
        needs.pop("contents", None)
    return needs


def _shallow(
    shown: str, document: Document, at: tuple[str, ...], job: Any, uses: Sequence[_Use], settings: _Settings
) -> Iterator[Finding]:
    """A checkout of one commit, where another one is compared with."""
    steps = list(_steps(job))
    compares = settings.baseline_is_git and any(use.verb in ("gate", "release") for use in uses)
    if not compares and not any(_DIFF.search(str(step.get("run", ""))) for _, step in steps):
        return
    for number, step in steps:
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            depth = _inputs(step).get("fetch-depth", 1)
            if str(depth) == "1":
                why = (
                    "gate.baseline in headgate.yaml is another commit"
                    if compares
                    else "a step compares with another commit"
                )
                message = f"the checkout has one commit only, and {why}"
                yield Finding(shown, document.line(*at, "steps", number, "uses"), message, "with: {fetch-depth: 0}")


def _of_a_fork(shown: str, document: Document, at: tuple[str, ...], job: Any, trigger: str) -> Iterator[Finding]:
    """Code that anybody wrote, where secrets and a token that may write are within reach."""
    for number, step in _steps(job):
        inputs = _inputs(step)
        checkout = str(step.get("uses", "")).startswith("actions/checkout@")
        asked = f"{inputs.get('ref', '')} {inputs.get('repository', '')}" if checkout else _run(step)
        if _FORK.search(asked) or (checkout and "head.repo" in asked):
            message = f"on `{trigger}` this has the repository's secrets, and checks out what a fork wrote"
            fix = "run the fork's code on `pull_request`; do what needs a token on `workflow_run`, without that code"
            yield Finding(shown, document.line(*at, "steps", number), message, fix)


def _run(step: Mapping[str, Any]) -> str:
    """A script that checks something out; one that only mentions the head does not."""
    script = str(step.get("run", ""))
    return script if re.search(r"\bgit\s+(?:checkout|switch|fetch|pull|merge)\b|\bgh\s+pr\s+checkout\b", script) else ""


def _steps(job: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    steps = job.get("steps") if isinstance(job, dict) else None
    for number, step in enumerate(steps if isinstance(steps, list) else ()):
        if isinstance(step, dict):
            yield number, step


def _inputs(step: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs = step.get("with")
    return inputs if isinstance(inputs, dict) else {}


def _triggers(workflow: Mapping[str, Any]) -> tuple[str, ...]:
    on = workflow.get("on")
    return (on,) if isinstance(on, str) else tuple(str(one) for one in on) if isinstance(on, (list, dict)) else ()


def _settings(tree: Tree) -> _Settings:
    """From every headgate.yaml of the repository: what one of them needs, the workflows need."""
    registries, baselines = [], []
    for _, content in tree.read(tree.named(["headgate.yaml", "headgate.yml"])):
        try:
            values = parse(content).values
        except NotYaml:
            continue
        sections = values if isinstance(values, dict) else {}
        registries.append(_text(sections, "registry", "uri", default="git") == "git")
        baselines.append(_text(sections, "gate", "baseline", default="registry").startswith("git:"))
    return _Settings(any(registries) or not registries, any(baselines))


def _text(sections: Mapping[str, Any], section: str, key: str, *, default: str) -> str:
    inside = sections.get(section)
    return str(inside.get(key, default)) if isinstance(inside, dict) else default


if __name__ == "__main__":
    sys.exit(main())
