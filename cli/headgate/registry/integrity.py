"""What was gated is what is stored: digests checked on the way in and on the way out."""

from __future__ import annotations

from pathlib import Path

from headgate.lineage.digests import digest, short
from headgate.registry.base import Artifact, ArtifactDamaged


def outgoing(path: Path, promised: str | None, *, named: Path | None = None) -> str:
    """The digest of what is about to be stored; `named` is what to call it when `path` is a copy.

    Raises:
        ArtifactDamaged: it is gone, or not what was `promised`.
    """
    shown = named or path
    if not path.exists():
        raise ArtifactDamaged(f"{shown} is not there any more.", hint="headgate train  (makes it again)")
    found = digest(path)
    if promised is not None and found != promised:
        raise ArtifactDamaged(
            f"{shown} is {short(found)} now, and what was to be registered is {short(promised)}: changed since.",
            hint="headgate train, then headgate gate  (what was gated is what ships)",
        )
    return found


def incoming(path: Path, stored: str, *, source: str, hint: str) -> None:
    """Check what `source` gave back.

    Raises:
        ArtifactDamaged: it is not what was stored.
    """
    found = digest(path) if path.exists() else "nothing at all"
    if found != stored:
        raise ArtifactDamaged(
            f"'{path.name}' came back from {source} as {short(found)}, and was stored as {short(stored)}: "
            "it was damaged or replaced there.",
            hint=hint,
        )


def never_had(model: str, version: str, artifact: Artifact) -> ArtifactDamaged:
    """What to say of an artifact that a version was registered without."""
    hint = {
        "model": "Register it again: headgate register",
        "predictions": "Set train.predictions in headgate.yaml; versions registered from then on keep them",
        "decision": "Versions that go through headgate gate and headgate register keep it; this one did not",
    }
    return ArtifactDamaged(f"{model} v{version} was registered without {artifact}.", hint=hint[artifact])
