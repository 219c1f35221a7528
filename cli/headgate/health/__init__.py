"""Whether an endpoint is ready, predicts what it must, and does so fast enough."""

from headgate.health.probing import Unhealthy, check, probe

__all__ = ["Unhealthy", "check", "probe"]
