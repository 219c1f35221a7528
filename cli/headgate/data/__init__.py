"""Data under DVC: pulled whole, pushed whole, and checked both times."""

from headgate.data.failures import (
    DataChanged,
    DataDamaged,
    DataIncomplete,
    DvcFailed,
    LockMissing,
    NotPushed,
    RemoteSilent,
)
from headgate.data.pulling import pull
from headgate.data.pushing import Pushed, push

__all__ = [
    "DataChanged",
    "DataDamaged",
    "DataIncomplete",
    "DvcFailed",
    "LockMissing",
    "NotPushed",
    "Pushed",
    "RemoteSilent",
    "pull",
    "push",
]
