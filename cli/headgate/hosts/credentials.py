"""What the image registry asks for: a name and a password of this machine's environment, for one registry alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headgate.errors import UsageError

USERNAME, PASSWORD = "HEADGATE_REGISTRY_USERNAME", "HEADGATE_REGISTRY_PASSWORD"


@dataclass(frozen=True)
class Credentials:
    """For the registry that is called `registry`, e.g. `ghcr.io` or `10.0.0.5:5000`; no other ever sees them."""

    registry: str
    username: str
    password: str = field(repr=False)

    @classmethod
    def of(cls, environ: Mapping[str, str], repository: str | None) -> Credentials | None:
        """Those of the environment, for the registry that has `repository`; None where it holds none.

        Raises:
            UsageError: only one of the two is set.
        """
        username, password = environ.get(USERNAME, ""), environ.get(PASSWORD, "")
        if bool(username) != bool(password):
            there, missing = (USERNAME, PASSWORD) if username else (PASSWORD, USERNAME)
            raise UsageError(f"{there} is set, and {missing} is not.", hint=f"Set both, or neither: then {_OTHERWISE}.")
        if not username or repository is None:
            return None
        return cls(registry_of(repository), username, password)

    def for_image(self, reference: str) -> dict[str, str] | None:
        """What the Docker SDK takes as `auth_config`; None for an image of another registry: it looks itself then."""
        if registry_of(reference) != self.registry:
            return None
        return {"username": self.username, "password": self.password}


_OTHERWISE = "the docker client's own credentials are used (docker login)"


def registry_of(reference: str) -> str:
    """The registry that an image is in, as the Docker SDK counts."""
    from docker.auth import resolve_repository_name

    registry, _ = resolve_repository_name(reference)
    return str(registry)
