"""The container image of a release: the gated model and the code of its commit, built, verified, pushed."""

from headgate.image.assembly import build
from headgate.image.contents import archive_digest
from headgate.image.naming import release_id

__all__ = ["archive_digest", "build", "release_id"]
