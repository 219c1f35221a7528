"""The hosts that releases run on: a connection to each, and the container engine behind it."""

from headgate.hosts.connecting import ONLY_LOCAL, Access, check_connection, connected
from headgate.hosts.connection import Connection, Local
from headgate.hosts.containers import Container, ContainerSpec
from headgate.hosts.engine import Engine

__all__ = [
    "ONLY_LOCAL",
    "Access",
    "Connection",
    "Container",
    "ContainerSpec",
    "Engine",
    "Local",
    "check_connection",
    "connected",
]
