"""Whether versions can be registered: something is written where they go, and taken away again."""

from __future__ import annotations

from secrets import token_hex

from headgate.lineage.git import Git
from headgate.registry.base import RegistryUnreachable
from headgate.registry.git_remote import refusal, talk
from headgate.registry.ledger import Ledger
from headgate.tracking.rest import Server

_PATIENCE = 4.0  # seconds of retries


def probe_git(git: Git, remote: str) -> None:
    """Push a ref of its own, beside branches and tags, and delete it there; no workflow is started by one.

    Raises:
        RegistryUnreachable: it could not be pushed, or not deleted again.
    """
    ref = f"refs/headgate/doctor/{token_hex(8)}"
    Ledger(git, remote, ref).add("A write probe of headgate doctor. It is deleted at once.", None)
    deleted = talk(git, remote, "push", "--porcelain", "--no-verify", "--recurse-submodules=no", remote, f":{ref}")
    if not deleted.ok:
        raise RegistryUnreachable(
            f"The git remote '{remote}' took {ref} and does not delete it again: {refusal(deleted)}",
            hint=f"git push {remote} :{ref}",
        )


def probe_server(server: Server) -> None:
    """Make a registered model without versions, and delete it.

    Raises:
        TrackingUnavailable, ServerRefused: with what to do about it.
    """
    name = {"name": f"headgate-doctor-{token_hex(8)}"}
    server.call("POST", "mlflow/registered-models/create", json=name, patience=_PATIENCE)
    server.call("DELETE", "mlflow/registered-models/delete", json=name, patience=_PATIENCE)
