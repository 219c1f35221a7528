"""The names under which deployer, proxy, application and prober know a release.

They meet only over the wire, so each name is spelt here and nowhere else. An application built with another version of
headgate speaks them too: a name that changes breaks what already runs.
"""

from __future__ import annotations

RELEASE_HEADER = "X-Headgate-Release"
"""In a request, sent by deployer and prober, read by the proxy: to this release alone, or to nobody.

In an answer, sent by proxy and application, read by prober and deployer: the release that answered.
"""
CONTAINER_HEADER = "X-Headgate-Container"
"""In an answer, sent by the proxy, read by the deployer: the container that requests like this one get to."""
PROBE_HEADER = "X-Headgate-Probe"
"""In a request, sent by the prober, read by the application: no user asked; telemetry marks it."""

RELEASE = "HEADGATE_RELEASE"
"""Like the four below a variable of the container, set by the deployer, read by the application. Its release id."""
MODEL = "HEADGATE_MODEL"
"""The model's name."""
MODEL_VERSION = "HEADGATE_MODEL_VERSION"
"""Its version in the registry."""
MODEL_DIGEST = "HEADGATE_MODEL_DIGEST"
"""`sha256:<hex>` of what was gated."""
COMMIT = "HEADGATE_COMMIT"
"""The commit that it comes from."""
