"""Data under DVC: pulled whole, pushed whole, and checked both times."""

from headgate.data.failures import (
    DataChanged,
    DataDamaged,
    DataIncomplete,
    DvcFailed,
    ListDamaged,
    LockMissing,
    NoRemote,
    NotPushed,
    PushedFilesLost,
    RemoteSilent,
)
from headgate.data.fetching import Piece, fetch, pieces_of
from headgate.data.pulling import pull
from headgate.data.pushing import Pushed, push

__all__ = [
    "DataChanged",
    "DataDamaged",
    "DataIncomplete",
    "DvcFailed",
    "ListDamaged",
    "LockMissing",
    "NoRemote",
    "NotPushed",
    "Piece",
    "Pushed",
    "PushedFilesLost",
    "RemoteSilent",
    "fetch",
    "pieces_of",
    "pull",
    "push",
]
