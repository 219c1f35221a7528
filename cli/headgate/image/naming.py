"""What an image is called, and what its labels say about where it comes from."""

from __future__ import annotations

from datetime import datetime, timezone

from headgate import utc
from headgate.masking import mask
from headgate.record import Model, Record
from headgate.record.facts import LABEL, labels

LATEST = "latest"
_OCI = "org.opencontainers.image"


def release_id(moment: datetime, content: str) -> str:
    """`YYYYMMDDhhmmss-<sha7>` in UTC: in order of time, and unlike any other release of the same second.

    Args:
        moment: when the image was made, in any time zone.
        content: hexadecimal: the commit; where nobody knows the commit, the image's own digest.
    """
    return f"{moment.astimezone(timezone.utc):%Y%m%d%H%M%S}-{content[:7]}"


def tags_for(release: str) -> tuple[str, ...]:
    """The image's tags: the time, the release, and `latest`, which is for people and never deployed."""
    return (release.partition("-")[0], release, LATEST)


def labels_for(record: Record, model: Model, release: str, moment: datetime) -> dict[str, str]:
    """OCI's own labels, and the record's facts as `dev.headgate.*`; no value holds a registered secret."""
    source = record.source
    written = {
        f"{_OCI}.title": model.name,
        f"{_OCI}.description": f"{model.name} v{model.version}, from commit {source.commit[:7]}",
        f"{_OCI}.version": release,
        f"{_OCI}.revision": source.commit,
        f"{_OCI}.created": utc.written(moment),
        **({f"{_OCI}.source": source.repository} if source.repository else {}),
        **labels(record),
        f"{LABEL}.release": release,
        f"{LABEL}.model-version": model.version,
        f"{LABEL}.model-digest": model.digest,
    }
    return {name: mask(value) for name, value in written.items()}
