"""Engines that a test starts beside the usual one, on this machine or inside a host: Podman, rootless Docker."""

from support.lent_engines.lending import Lent
from support.lent_engines.podman import podman, why_no_podman
from support.lent_engines.rootless_docker import rootless_docker, why_no_rootless_docker

__all__ = ["Lent", "podman", "rootless_docker", "why_no_podman", "why_no_rootless_docker"]
