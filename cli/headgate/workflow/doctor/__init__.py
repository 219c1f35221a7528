"""`doctor`: every precondition of a release, checked in seconds, in parallel, before the hours are spent."""

from headgate.workflow.doctor.catalog import NAMES
from headgate.workflow.doctor.diagnosis import Diagnosis, annotate, diagnose
from headgate.workflow.doctor.finding import Finding

__all__ = ["NAMES", "Diagnosis", "Finding", "annotate", "diagnose"]
