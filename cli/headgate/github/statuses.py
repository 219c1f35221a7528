"""Commit statuses: what branch protection can ask for before it lets anybody merge."""

from __future__ import annotations

from typing import Literal

from headgate.github.client import Client, Request

State = Literal["pending", "success", "failure", "error"]
_LONGEST = 140  # characters of a description, as GitHub takes them


def context(model: str) -> str:
    """The status's name, to be required in branch protection: one per gate and model."""
    return f"headgate/gate ({model})"


def set_status(client: Client, commit: str, model: str, state: State, description: str, url: str | None) -> None:
    """Say how the gate stands on `commit`; the last word counts.

    Raises:
        GitHubTrouble: refused or unreachable.
    """
    body = {
        "state": state,
        "context": context(model),
        "description": description if len(description) <= _LONGEST else f"{description[: _LONGEST - 1]}…",
        **({"target_url": url} if url else {}),
    }
    client.change(Request("POST", f"/statuses/{commit}", "set the commit status of the gate", "statuses: write", body))
