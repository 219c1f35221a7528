"""What a FastAPI application imports: `instrument(app)` gives it health, metrics and telemetry."""

from headgate.serving.application import instrument
from headgate.serving.inference import observe

__all__ = ["instrument", "observe"]
