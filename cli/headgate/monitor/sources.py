"""Where telemetry lies when no host is asked for it: a file of the repository, or a URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from headgate.errors import CouldNotCarryOut

TOKEN = "HEADGATE_TELEMETRY_TOKEN"  # noqa: S105 - its name
"""The variable with the bearer token for a URL, where it asks for one."""
_ANSWERS_WITHIN = 30  # seconds to the first byte, and between two


class TelemetryUnreachable(CouldNotCarryOut):
    """The telemetry cannot be read."""

    title = "the telemetry cannot be read"


def from_file(path: Path, shown: str) -> Iterator[bytes]:
    """The lines of a file.

    Raises:
        TelemetryUnreachable: there is none, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        raise TelemetryUnreachable(
            f"monitor.telemetry: {shown}: {error.strerror}.", hint="The path is relative to headgate.yaml."
        ) from error


def from_url(url: str, environ: Mapping[str, str]) -> Iterator[bytes]:
    """The lines of what `url` answers; with the token of HEADGATE_TELEMETRY_TOKEN where there is one.

    Raises:
        TelemetryUnreachable: it does not answer, or not with 200.
    """
    import requests

    token = environ.get(TOKEN)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=_ANSWERS_WITHIN) as answer:
            if answer.status_code != 200:
                hint = f"Set {TOKEN} to a token that may read it." if answer.status_code in (401, 403) else None
                raise TelemetryUnreachable(f"{_shown(url)} answered {answer.status_code} {answer.reason}.", hint=hint)
            yield from answer.iter_lines()
    except requests.RequestException as error:
        raise TelemetryUnreachable(f"{_shown(url)}: {type(error).__name__}.", hint="Is the address right?") from error


def _shown(url: str) -> str:
    """Without its credentials and its query, which may hold a signature."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.hostname or "", parts.path, "", ""))
