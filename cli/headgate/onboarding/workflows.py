"""Which workflows a repository gets, and what in them is this repository's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headgate.onboarding.answers import Answers
from headgate.onboarding.findings import DvcRemote, Findings

FOLDER = ".github/workflows"
_ALWAYS = ("pull-request", "comment-from-fork")
_WITH_HOSTS = ("release", "rollback")  # a hosted runner's own engine is gone with the job
_SSH = "DVC_SSH_KEY"  # has a step of its own in every workflow
_LIMIT = re.compile(r"dvc(?:\[[^\]]*\])?\s*((?:[=<>~!]=?=?\s*[\w.*]+\s*,?\s*)*)")
_AWS_LINES = re.compile(r"^( *)AWS_ACCESS_KEY_ID: (.*)\n *AWS_SECRET_ACCESS_KEY: .*\n", re.MULTILINE)


@dataclass(frozen=True)
class Shipped:
    """A workflow that headgate ships, its places filled in: what its file is called, and the text."""

    file_name: str
    text: str


@dataclass(frozen=True)
class Workflows:
    """Files by path relative to the repository's root, and what a person has to do about them."""

    files: Mapping[str, str]
    left: tuple[str, ...] = ()


def workflows(findings: Findings, answers: Answers, shipped: Mapping[str, Shipped] | None) -> Workflows:
    """The workflows for one project.

    Args:
        findings: the project.
        answers: where it is served decides which workflows make sense.
        shipped: all of headgate's by name; None where nobody knows which copy of its actions may be used.
    """
    if not _on_github(findings):
        return Workflows({})
    names = (*_ALWAYS, *(_WITH_HOSTS if answers.over_ssh else ()))
    if shipped is None:
        by_hand = f"headgate template {' '.join(names)} --uses <owner>/<name>@<commit> --to {FOLDER}"
        return Workflows({}, (f"Where headgate's actions are is not known here; for workflows:\n{by_hand}",))
    if findings.folder != ".":
        return Workflows({}, (_below(findings.folder, names),))
    files = {f"{FOLDER}/{shipped[name].file_name}": tailored(shipped[name].text, findings) for name in names}
    return Workflows(files, tuple(_left(findings, answers)))


def tailored(text: str, findings: Findings) -> str:
    """A workflow with the Python that trains here, the DVC that the remote needs, and the secrets that it asks for."""
    text = text.replace('python-version: "3.11"', f'python-version: "{findings.python}"')
    remote = next((one for one in findings.remotes if one.default), None)
    text = text.replace('"dvc[s3,ssh]"', f'"{_dvc_for(remote)}{_version_of_dvc(findings)}"')
    secrets = [name for name in (remote.secrets if remote else ()) if name != _SSH]
    return _AWS_LINES.sub(lambda found: _instead(found, secrets), text) if secrets else text


def _instead(found: re.Match[str], secrets: list[str]) -> str:
    """The same line, for each of other secrets."""
    indent, value = found[1], found[2]
    return "".join(f"{indent}{name}: {value.replace('AWS_ACCESS_KEY_ID', name)}\n" for name in secrets)


def _on_github(findings: Findings) -> bool:
    """By the remote's address; a repository without one may still get there."""
    origin = findings.repository.origin
    return bool(findings.workflows) or origin is None or "github" in origin.lower()


def _below(folder: str, names: tuple[str, ...]) -> str:
    return (
        f"The workflows are for a project at the top. For {folder}: headgate template {' '.join(names)} --to {FOLDER}\n"
        f"then `with: {{working-directory: {folder}}}` in each step that uses headgate"
    )


def _dvc_for(remote: DvcRemote | None) -> str:
    """DVC with what the remote needs, as pip takes it."""
    return f"dvc[{remote.extra}]" if remote and remote.extra else "dvc"


def _version_of_dvc(findings: Findings) -> str:
    """As the requirements limit it, `>=3.50` for one; nothing where they do not, or where it is no plain limit."""
    found = _LIMIT.fullmatch(findings.requirements.get("dvc", ""))
    return found[1].replace(" ", "") if found else ""


def _left(findings: Findings, answers: Answers) -> Iterator[str]:
    remote = next((one for one in findings.remotes if one.default), None)
    wanted = _dvc_for(remote)
    if "requirements.txt" not in findings.files:
        yield f"The workflows install requirements.txt, and there is none: put in what training needs, and {wanted}."
    elif findings.has_dvc and not _brings_dvc(findings, remote.extra if remote else None):
        yield f"The workflows install requirements.txt, which does not bring {wanted}: add it."
    if not answers.over_ssh:
        yield (
            "Releases from a workflow need hosts that it can reach: put them under deploy.hosts, then run "
            "headgate init again: it adds the workflows release and rollback."
        )
    elif not findings.has_dvc:
        yield (
            "The release workflow builds in another job than it trains in, which gets the model from a DVC remote, and "
            "there is no DVC here: hand the model on as an artifact, see 'Between the jobs' in docs/github-actions.md."
        )
    registry = (answers.repository or "ghcr.io/").partition("/")[0]
    if registry != "ghcr.io":
        yield f"The release workflow logs in to ghcr.io, and the image goes to {registry}: change that step."


def _brings_dvc(findings: Findings, extra: str | None) -> bool:
    """Whether the requirements list DVC, with what its remote needs."""
    line = findings.requirements.get("dvc", "")
    if not line and f"dvc-{extra}" not in findings.requirements:
        return False
    return extra is None or extra in line or "[all]" in line or f"dvc-{extra}" in findings.requirements
