"""What the proxy does with a service's requests beside routing them; kept as a label of the release's container.

The proxy's configuration is always written for all services behind its port, and a deployer knows the settings of its
own alone: those of its neighbours are read from their containers.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from headgate.config.deploy import Deploy


class Handling(BaseModel):
    """Limits, in seconds, bytes and requests; and TLS. What a later version adds is read past."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    timeout: float = 300.0
    queue: float = 30.0
    max_body: int | None = None
    max_connections: int | None = None
    tls: bool = False
    redirect: bool = False

    @classmethod
    def of(cls, deploy: Deploy) -> Handling:
        """As the configuration says."""
        proxy, tls = deploy.proxy, deploy.tls
        return cls(
            timeout=proxy.timeout,
            queue=proxy.queue,
            max_body=proxy.max_body,
            max_connections=proxy.max_connections,
            tls=tls is not None,
            redirect=tls is not None and tls.redirect,
        )

    @classmethod
    def read(cls, label: str | None) -> Handling:
        """From a container's label; the usual where it has none, or one that only a later version understands."""
        try:
            return cls.model_validate_json(label) if label else PLAIN
        except ValidationError:
            return PLAIN

    @property
    def label(self) -> str:
        """As a container's label."""
        return self.model_dump_json(exclude_defaults=True)


PLAIN = Handling()
