"""The hosts that releases run on: a connection to each, and the container engine behind it."""

from headgate.hosts.connection import Connection, Local, connect
from headgate.hosts.containers import Container, ContainerSpec
from headgate.hosts.engine import Engine

__all__ = ["Connection", "Container", "ContainerSpec", "Engine", "Local", "connect"]
