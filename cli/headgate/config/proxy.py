"""The sections `deploy.proxy` and `deploy.tls`: what the proxy does for a service beside routing to it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from headgate.config.parts import Part, VariableName
from headgate.config.quantities import Duration, Size


class Proxy(Part):
    """Limits that keep a model server from drowning."""

    max_body: Size | None = None
    """The largest request body, e.g. 100m; larger ones are answered with 413, and those of unknown length with 411."""
    timeout: Duration = "300s"  # type: ignore[assignment]
    """How long the application may take to answer, then 504."""
    max_connections: Annotated[int, Field(ge=1)] | None = None
    """Requests that the application gets at the same time; more wait in the proxy. Default: no limit."""
    queue: Duration = "30s"  # type: ignore[assignment]
    """How long a request may wait for its turn, then 503 with Retry-After."""


class Tls(Part):
    """HTTPS on the service's port, with a certificate of your own."""

    certificate: VariableName
    """The name of an environment variable with the certificate, its chain and its private key, all as PEM."""
    redirect: bool = True
    """Plain HTTP on the same port is answered with a redirect to https."""
