"""Rolling a release out over hosts, going back, and saying what runs where."""

from headgate.deploy.drift import Drift, drift
from headgate.deploy.plan import Plan, Release, plan_of, release_of, service_of
from headgate.deploy.rollback import destination, put_back, roll_back
from headgate.deploy.rollout import roll_out
from headgate.deploy.service import Service
from headgate.deploy.survey import Answer, survey
from headgate.deploy.target import HostStatus, Probe, Target
from headgate.deploy.targets import open_targets, status, targets_on

__all__ = [
    "Answer",
    "Drift",
    "HostStatus",
    "Plan",
    "Probe",
    "Release",
    "Service",
    "Target",
    "destination",
    "drift",
    "open_targets",
    "plan_of",
    "put_back",
    "release_of",
    "roll_back",
    "roll_out",
    "service_of",
    "status",
    "survey",
    "targets_on",
]
