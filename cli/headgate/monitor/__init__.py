"""Watching the model in production: telemetry, its distance from the reference, and what follows from it."""

from headgate.monitor.judging import judge
from headgate.monitor.reference import Reference
from headgate.monitor.report import Check, Report
from headgate.monitor.telemetry import Observations, observed

__all__ = ["Check", "Observations", "Reference", "Report", "judge", "observed"]
