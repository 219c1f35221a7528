"""The files that join a repository and headgate, as texts; nothing is written here."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from headgate.config import DEFAULT_PATH
from headgate.onboarding.advice import advise
from headgate.onboarding.answers import Answers
from headgate.onboarding.configuration import configuration
from headgate.onboarding.findings import KNOWN_HOSTS, Findings
from headgate.onboarding.hooks import with_hook
from headgate.onboarding.known_hosts import known_hosts
from headgate.onboarding.service import service_files
from headgate.onboarding.workflows import Workflows

_NONE = Workflows({})
_WORKING_FOLDER = "/.headgate/"
_IGNORED_ALREADY = {".headgate", ".headgate/", "/.headgate", "/.headgate/", "**/.headgate/", "**/.headgate"}


@dataclass(frozen=True)
class File:
    """A file as it should be.

    Args:
        path: relative to the repository's root.
        text: all of it.
        why: what it is for, in a few words.
        adds: everything that the file holds today is in `text` too, in the same order.
    """

    path: str
    text: str
    why: str
    adds: bool = False


@dataclass(frozen=True)
class Proposal:
    """What init would write, and what it has to say.

    Args:
        files: in the order in which a person should look at them.
        alarms: what must not wait, e.g. a password in git.
        left: what headgate could not find out, or may not do: for a person, in order.
    """

    files: tuple[File, ...]
    alarms: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def beside(self, other: Proposal) -> Proposal:
        """Both, of two projects of one repository; what stands at the root is there once."""
        paths = {file.path for file in self.files}
        return Proposal(
            (*self.files, *(file for file in other.files if file.path not in paths)),
            tuple(dict.fromkeys((*self.alarms, *other.alarms))),
            tuple(dict.fromkeys((*self.left, *other.left))),
        )


def propose(findings: Findings, answers: Answers, *, workflows: Workflows = _NONE) -> Proposal:
    """The files for one project. Pure: the same findings and answers give the same texts.

    Args:
        findings: what is there.
        answers: what was said.
        workflows: the files of `.github/workflows`.
    """
    alarms, left = advise(findings, answers)
    left = (*left, *workflows.left)
    files = [
        File(
            findings.at_root(str(DEFAULT_PATH)), configuration(findings, answers), "how the model is judged and shipped"
        ),
        _ignored(findings),
        *(
            File(findings.at_root(name), text, why)
            for name, (text, why) in (service_files(findings, answers) if answers.service else {}).items()
        ),
        *(File(path, text, "runs headgate in GitHub Actions") for path, text in workflows.files.items()),
    ]
    if answers.over_ssh and answers.known_hosts == posixpath.relpath(KNOWN_HOSTS, findings.folder):
        text = findings.files.get(KNOWN_HOSTS) or known_hosts(answers.hosts)  # once there, it is theirs
        files.append(File(KNOWN_HOSTS, text, "the hosts' keys, which you fill in"))
    hooks, refused = with_hook(findings.files.get(".pre-commit-config.yaml"))
    if hooks is not None:
        there = ".pre-commit-config.yaml" in findings.files
        files.append(File(".pre-commit-config.yaml", hooks, "checks headgate.yaml before each commit", adds=there))
    if refused:
        left = (*left, refused)
    return Proposal(tuple(files), alarms, left)


def _ignored(findings: Findings) -> File:
    """The working folder of headgate stays out of git."""
    path = findings.at_root(".gitignore")
    there = findings.files.get(path, "")
    why = "keeps headgate's working folder out of git"
    if _IGNORED_ALREADY & {line.strip() for line in there.splitlines()}:
        return File(path, there, why)
    begun = there if not there or there.endswith("\n") else f"{there}\n"
    return File(path, f"{begun}{_WORKING_FOLDER}\n", why, adds=path in findings.files)
