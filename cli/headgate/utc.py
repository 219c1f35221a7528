"""Times as headgate writes them into its files, labels and answers: RFC 3339 in UTC, to the second."""

from __future__ import annotations

from datetime import datetime, timezone

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def written(moment: datetime) -> str:
    """`moment`, of any time zone, as `2026-11-21T10:15:02Z`."""
    return moment.astimezone(timezone.utc).strftime(_FORM)


def read(text: str) -> datetime:
    """The moment that `written` wrote.

    Raises:
        ValueError: `text` is of another form.
    """
    return datetime.strptime(text, _FORM).replace(tzinfo=timezone.utc)
