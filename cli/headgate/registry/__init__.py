"""The registry: versions that can be fetched and verified, and the alias that names Production."""

from headgate.registry.base import (
    Artifact,
    ArtifactDamaged,
    Candidate,
    Move,
    ProductionMoved,
    Registry,
    RegistryUnreachable,
    UseNotCounted,
    Version,
    VersionMissing,
)
from headgate.registry.opening import open_registry

__all__ = [
    "Artifact",
    "ArtifactDamaged",
    "Candidate",
    "Move",
    "ProductionMoved",
    "Registry",
    "RegistryUnreachable",
    "UseNotCounted",
    "Version",
    "VersionMissing",
    "open_registry",
]
