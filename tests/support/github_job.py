"""A job of GitHub Actions around a repository: its environment, its event, and a stand-in for GitHub."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.github_server import GitHub, GitHubServer
from support.project import Outcome, Project

REPOSITORY = "acme/animals"
HEAD = "a" * 40
TOKEN = "job-token-0123456789"


OUTPUT = re.compile(r"^(?P<name>[\w-]+)<<(?P<end>headgate-[0-9a-f]{32})\n(?P<value>.*?)\n(?P=end)$", re.M | re.S)


def outputs_in(file: Path) -> dict[str, str]:
    """Outputs as GitHub's runner reads them; what it would not understand fails."""
    text = file.read_text() if file.exists() else ""
    assert OUTPUT.sub("", text).strip() == "", "something that the runner does not understand"
    return {match["name"]: match["value"] for match in OUTPUT.finditer(text)}


class Job:
    """A step of a job: its environment, and the files that the runner reads."""

    def __init__(self, server: GitHubServer, project: Project, folder: Path) -> None:
        self.server, self.project, self._folder = server, project, folder
        self.environ: dict[str, str] = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "octocat",
            "GITHUB_API_URL": server.url,
            "GITHUB_SERVER_URL": "https://git.example.com",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "7",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        }
        self.event("push", {})

    @property
    def github(self) -> GitHub:
        return self.server.github

    def event(self, name: str, payload: Mapping[str, Any]) -> None:
        path = self._folder / "event.json"
        path.write_text(json.dumps(payload))
        self.environ |= {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path)}

    def pull_request(self, number: int = 7, *, head: str = REPOSITORY) -> None:
        """The event of a pull request that is there."""
        pull = self.github.pull(REPOSITORY, number, sha=HEAD, head=head)
        self.event("pull_request", {"number": number, "pull_request": pull})

    def headgate(self, *arguments: str, **environ: str) -> Outcome:
        return self.project.headgate(*arguments, environ={**self.environ, **environ})

    @property
    def outputs(self) -> dict[str, str]:
        """What later steps are handed."""
        return outputs_in(self._folder / "output")

    def comments(self, number: int = 7) -> list[dict[str, Any]]:
        return self.github.repository(REPOSITORY).comments.get(number, [])

    def calls(self) -> list[str]:
        """What was asked since the last time, e.g. `POST /issues/7/comments 201`."""
        made = [
            f"{call.method} {call.path.removeprefix(f'/repos/{REPOSITORY}')} {call.status}"
            for call in self.github.calls
        ]
        self.github.calls.clear()
        return made
