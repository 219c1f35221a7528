"""Which release this process serves: told by the deployment through the container's environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headgate.wire import COMMIT, MODEL, MODEL_DIGEST, MODEL_VERSION, RELEASE


@dataclass(frozen=True)
class Release:
    """The lineage of what is served; a part is None where nobody said it, as on a development machine.

    `model_digest` is `sha256:<hex>` of the file or folder that was gated, as `lineage.digests` computes it.
    """

    release: str | None = None
    model: str | None = None
    model_version: str | None = None
    model_digest: str | None = None
    commit: str | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Release:
        """The release named by the environment; an empty variable says nothing."""
        return cls(
            release=environ.get(RELEASE) or None,
            model=environ.get(MODEL) or None,
            model_version=environ.get(MODEL_VERSION) or None,
            model_digest=environ.get(MODEL_DIGEST) or None,
            commit=environ.get(COMMIT) or None,
        )
