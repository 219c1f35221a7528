"""The ways in which a host cannot be reached over SSH: each is an error of its own, so that no caller reads words."""

from __future__ import annotations

from headgate.hosts.trouble import EngineUnreachable


class Unreachable(EngineUnreachable):
    """The host cannot be reached over SSH."""

    title = "the host cannot be reached"


class NameUnknown(Unreachable):
    """The host's name does not resolve."""


class Refused(Unreachable):
    """Nobody listens on the host's SSH port."""


class TimedOut(Unreachable):
    """The host does not answer."""


class KeyRejected(Unreachable):
    """The host lets none of the keys in."""

    title = "the host rejects the key"


class HostKeyUnknown(Unreachable):
    """The pinned keys have none of this host."""

    title = "the host's key is not known"


class HostKeyChanged(Unreachable):
    """The host shows another key than the pinned one."""

    title = "the host's key has changed"


class ForwardingProhibited(Unreachable):
    """The host let the key in, and forwards nothing."""

    title = "the host forwards nothing"


class SocketClosed(Unreachable):
    """The engine's socket on the host cannot be opened."""

    title = "the engine cannot be reached"


class LineCut(Unreachable):
    """The connection was there, and is gone."""

    title = "the connection was cut"
