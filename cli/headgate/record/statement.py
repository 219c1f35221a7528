"""What an attestation says of an image: the predicate of an in-toto statement, for `actions/attest` to sign.

The action makes the statement itself, from the image's name and digest and this predicate. An attestation of a public
repository is public for good, so the predicate has the facts that images carry as labels, and no numbers or paths.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from headgate.record.facts import facts
from headgate.record.models import Image, Record
from headgate.record.store import write_json

PREDICATE_TYPE = "https://headgate.dev/attestation/release/v1"
"""Names what the predicate says; its version changes when a fact comes to mean something else."""
STATEMENT = "statement.json"
"""The predicate's file, beside the release record."""


def write_statement(record: Record, image: Image, beside: Path) -> Path:
    """Write the predicate about `image` beside the release record; returns its file."""
    path = beside.with_name(STATEMENT)
    write_json(predicate(record, image), path)
    return path


def predicate(record: Record, image: Image) -> dict[str, Any]:
    """The facts of the chain, from the commit to the image, and the headgate that says so."""
    built = {"release": image.release, "tags": list(image.tags), "platform": image.platform}
    return {
        "headgate": record.headgate,
        "facts": facts(record),
        "image": built,
        "created_at": f"{image.created_at:%Y-%m-%dT%H:%M:%SZ}",
    }
