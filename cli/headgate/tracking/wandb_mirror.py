"""The same run in Weights & Biases, from the same numbers. Loaded beside the training, and only where it is asked for.

W&B's own SDK does the work, because offline runs are in a format of its own; everything it says is silenced, since
stdout carries results and the log is headgate's.
"""

from __future__ import annotations

import netrc
import os
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from headgate import masking
from headgate.config.models import Wandb
from headgate.errors import CouldNotCarryOut, MissingExtra
from headgate.tracking.base import Facts, OpenRun
from headgate.tracking.shadow import in_the_shadow

_SERVER = "https://api.wandb.ai"
_TIMEOUT = 5.0  # seconds


class WandbUnavailable(CouldNotCarryOut):
    """W&B is not to be reached, or has no key: said before the training."""

    title = "the run cannot be mirrored in W&B"


@dataclass(frozen=True)
class Mirror:
    """A mirror that is being loaded.

    Args:
        config: project, team and mode.
        folder: where W&B keeps its files.
        library: the W&B SDK, once it is loaded.
    """

    config: Wandb
    folder: Path
    library: Future[Any]

    def log(self, run: OpenRun, facts: Facts, *, name: str) -> str:
        """Write the run: params as its config, metrics as its summary, tags as `facts` in the config.

        Returns:
            Where it is: a URL, or the folder of an offline run.

        Raises:
            WandbUnavailable: W&B did not take it.
        """
        wandb = self.library.result()
        try:
            mirrored = wandb.init(
                project=self.config.project,
                entity=self.config.entity,
                mode=self.config.mode,
                dir=str(self.folder),
                id=run.id,
                name=name,
                config={**facts.params, "facts": dict(facts.tags)},
                settings=wandb.Settings(silent=True, console="off", disable_git=True, save_code=False),
            )
            mirrored.log(dict(facts.metrics))
            mirrored.finish()
        except Exception as error:
            raise WandbUnavailable(f"W&B did not take the run: {error}", hint="wandb sync, or mode: offline") from error
        return str(Path(mirrored.dir).parent if self.config.mode == "offline" else mirrored.url)


def open_mirror(config: Wandb, folder: Path, environ: Mapping[str, str] = os.environ) -> Mirror:
    """Begin to load W&B beside the training.

    Args:
        config: project, team and mode.
        folder: where W&B keeps its files; made when it is not there.
        environ: read for WANDB_API_KEY, which is masked, and WANDB_BASE_URL.

    Raises:
        MissingExtra: W&B is not installed.
        WandbUnavailable: online, and there is no key or no answer.
    """
    from importlib.util import find_spec

    if find_spec("wandb") is None:
        raise MissingExtra("The mirror in Weights & Biases", "wandb")
    masking.register(environ.get("WANDB_API_KEY"))
    if config.mode == "online":
        _reachable(environ)
    folder.mkdir(parents=True, exist_ok=True)
    return Mirror(config, folder, in_the_shadow(_library))


def _library() -> Any:
    import wandb

    return wandb


def _reachable(environ: Mapping[str, str]) -> None:
    import requests

    server = environ.get("WANDB_BASE_URL", _SERVER).rstrip("/")
    if not environ.get("WANDB_API_KEY") and not _in_netrc(urlsplit(server).hostname or ""):
        raise WandbUnavailable(
            "There is no API key for W&B.", hint="Set WANDB_API_KEY, or tracking.wandb.mode: offline"
        )
    try:
        requests.get(f"{server}/healthz", timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise WandbUnavailable(
            f"W&B at {server} does not answer: {type(error).__name__}.", hint="Set tracking.wandb.mode: offline"
        ) from error


def _in_netrc(host: str) -> bool:
    try:
        return netrc.netrc(os.environ.get("NETRC")).authenticators(host) is not None
    except (OSError, netrc.NetrcParseError):
        return False
