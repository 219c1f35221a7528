"""A pull request whose run gets no secrets: it writes nothing outside of its own runner, and says what it left out."""

from __future__ import annotations

from headgate.config import Config
from headgate.config.models import Tracking


def without_secrets(config: Config, why: str) -> tuple[Config, tuple[str, ...]]:
    """`config` without what needs a secret, and what was left out, a sentence each.

    Args:
        config: as headgate.yaml has it.
        why: why there are no secrets, as the beginning of a sentence.
    """
    skipped: list[str] = []
    if config.data.push:
        config = config.model_copy(update={"data": config.data.model_copy(update={"push": False})})
        skipped.append(f"{why}, so it gets no secrets: what the training makes is not pushed to the DVC remote.")
    uri = config.tracking.uri
    if uri.startswith(("http://", "https://")) or config.tracking.wandb is not None:
        local = Tracking(experiment=config.tracking.experiment)
        registry = config.registry
        if registry.uri == "tracking":  # Production is still read where it is registered
            registry = registry.model_copy(update={"uri": uri})
        config = config.model_copy(update={"tracking": local, "registry": registry})
        skipped.append(f"{why}, so it gets no secrets: the training is tracked on this runner alone.")
    return config, tuple(skipped)
