"""Talking to MLflow: a client with little patience, and its errors in words that say what to do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from headgate.errors import HeadgateError, MissingExtra
from headgate.masking import mask
from headgate.registry.base import RegistryUnreachable

if TYPE_CHECKING:
    from mlflow import MlflowClient

_SQLITE = "sqlite:///"
_LONGEST_REASON = 300  # characters; a proxy's error page is longer
# MLflow's own defaults keep a job waiting four minutes for a server that is off, and talk on stderr.
_MANNERS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}


class NotThere(RegistryUnreachable):
    """MLflow itself says that there is no such thing. Whoever does not expect that may treat it as any other error."""

    title = "not in the registry"


def located(uri: str, project: Path) -> str:
    """`uri`, with a sqlite file that is given relative to the project made absolute: jobs start in other folders."""
    path = uri.removeprefix(_SQLITE)
    return uri if path == uri or path.startswith("/") else f"{_SQLITE}{project.resolve() / path}"


def database(uri: str) -> Path | None:
    """The sqlite file of a located URI; None for a server."""
    return Path(uri.removeprefix(_SQLITE).partition("?")[0]) if uri.startswith(_SQLITE) else None


def connect(uri: str) -> MlflowClient:
    """A client for runs and registry at `uri`. What the user has set of MLflow's variables stays.

    Raises:
        MissingExtra: the libraries are not installed.
        RegistryUnreachable: the database cannot be opened.
    """
    for name, value in _MANNERS.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient

        file = database(uri)
        if file is not None:
            import alembic  # noqa: F401
            import sqlalchemy  # noqa: F401

            file.parent.mkdir(parents=True, exist_ok=True)
    except ImportError as error:
        raise MissingExtra("the MLflow registry", "mlflow") from error
    with asking(uri):
        return MlflowClient(tracking_uri=uri, registry_uri=uri)


@contextmanager
def asking(uri: str) -> Iterator[None]:
    """Translate whatever goes wrong in the block.

    Raises:
        NotThere: MLflow answered that there is no such thing.
        RegistryUnreachable: anything else, so that it can never be taken for an answer.
    """
    try:
        yield
    except HeadgateError:
        raise
    except Exception as error:
        if _says_missing(error):
            raise NotThere(f"MLflow at {mask(uri)}: {_reason(error)}") from error
        raise RegistryUnreachable(
            f"MLflow at {mask(uri)} could not be asked: {_reason(error)}", hint=_hint(error, uri)
        ) from error


def _says_missing(error: Exception) -> bool:
    """Whether MLflow itself said so: the 404 page of any other web server gets another code from the client."""
    from mlflow.exceptions import MlflowException

    return isinstance(error, MlflowException) and error.error_code == "RESOURCE_DOES_NOT_EXIST"


def _reason(error: Exception) -> str:
    """The one thing that is wrong, out of a message that may hold a web page or a stack of exceptions."""
    text = " ".join(str(error).split())
    system = re.search(r"\[Errno -?\d+\] [^'\")]+|Read timed out|timed out", text)
    short = system[0] if system else text
    return mask(short if len(short) <= _LONGEST_REASON else f"{short[:_LONGEST_REASON]}…")


def _hint(error: Exception, uri: str) -> str:
    text = str(error)
    if "Invalid Host header" in text:
        host = urlsplit(uri).netloc.rpartition("@")[2]
        return f"mlflow server --allowed-hosts {host}  (the server refuses the name it is called by)"
    if re.search(r"error code (401|403)|PERMISSION_DENIED|UNAUTHENTICATED", text):
        return "Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, for this job"
    if "Detected out-of-date database schema" in text:
        return f"mlflow db upgrade {mask(uri)}  (make a copy of the database first)"
    if database(uri):
        return f"Check that {database(uri)} can be written here and that no other process holds it"
    return f"curl {mask(uri)}/health  (has to answer OK from this machine)"
