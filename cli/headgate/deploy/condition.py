"""How a proxy stands, beside how headgate left it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Condition:
    """A proxy as it stands: its container's state, or `missing`; and whether it runs with what headgate wrote.

    `configuration` is `as written`, `edited` on disk, `not loaded` where it runs with another one, or `missing`;
    `shares` are percent of the traffic by container, of those that have not all.
    """

    container: str
    state: str
    configuration: str
    shares: Mapping[str, int] = field(default_factory=dict)

    @property
    def damage(self) -> str | None:
        """What somebody has done to it, in words; None when all is well."""
        if self.state == "missing":
            return f"the proxy {self.container} is gone: nobody answers on its port"
        if self.state != "running":
            return f"the proxy {self.container} is {self.state}: nobody answers on its port"
        said = {
            "edited": "was edited by hand",
            "not loaded": "is not the one that it runs with",
            "missing": "is gone",
        }.get(self.configuration)
        return f"the configuration of the proxy {self.container} {said}" if said else None
