"""The release record: the one thing that passes between the steps, and the lineage that `verify` walks backwards."""

from headgate.record.models import (
    Data,
    DataFile,
    Deployment,
    Health,
    HostRelease,
    Image,
    Latency,
    Model,
    OnRemote,
    Params,
    Probe,
    Promotion,
    Record,
    Run,
    Source,
)
from headgate.record.store import RecordStore
from headgate.record.verdict import Baseline, Check, Evaluation, Interval, Rows, Slice, Verdict

__all__ = [
    "Baseline",
    "Check",
    "Data",
    "DataFile",
    "Deployment",
    "Evaluation",
    "Health",
    "HostRelease",
    "Image",
    "Interval",
    "Latency",
    "Model",
    "OnRemote",
    "Params",
    "Probe",
    "Promotion",
    "Record",
    "RecordStore",
    "Rows",
    "Run",
    "Slice",
    "Source",
    "Verdict",
]
