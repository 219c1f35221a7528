"""The container image of a release: the gated model and the code of its commit, built, verified, pushed."""

from headgate.image.assembly import build
from headgate.image.contents import archive_digest

__all__ = ["archive_digest", "build"]
