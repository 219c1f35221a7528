"""The images of a container engine: what it has, what a registry offers it, and pulling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headgate.hosts.credentials import Credentials
from headgate.hosts.trouble import EngineRefused, NotThere, explained, refusal

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.images import RegistryData

Progress = Callable[[float, float], None]
"""Called with the bytes done and the bytes known so far."""


@dataclass(frozen=True)
class ImageInfo:
    """An image the engine has. `id` is `sha256:…`, `platform` like `linux/amd64`, `folder` where its program starts."""

    id: str
    platform: str
    labels: Mapping[str, str]
    folder: str = "/"


@dataclass(frozen=True)
class ImageNames:
    """An image by its names: `tags` are `repository:tag`, `digests` are `repository@sha256:…`."""

    id: str
    tags: frozenset[str]
    digests: frozenset[str]

    @property
    def repositories(self) -> frozenset[str]:
        """Where it was pulled from, or pushed to."""
        return frozenset(one.partition("@")[0] for one in self.digests)


def _names(listed: list[str] | None, none: str) -> frozenset[str]:
    return frozenset(listed or ()) - {none}


class Images:
    """The images of the engine behind `client`. Every method raises EngineUnreachable or EngineRefused.

    What a registry asks for travels in the header of the one request that needs it: `credentials`, where they are for
    that registry, else what the docker client of this machine has. Nothing is written on the host.
    """

    def __init__(self, host: str, client: DockerClient, credentials: Credentials | None = None) -> None:
        self.host = host
        self._client = client
        self._credentials = credentials

    def find(self, reference: str) -> ImageInfo | None:
        """The image, if the engine has it."""
        try:
            with explained(self.host, f"looking for image {reference}"):
                found = self._client.images.get(reference).attrs
        except NotThere:
            return None
        config = found["Config"] or {}
        platform = f"{found['Os']}/{found['Architecture']}"
        return ImageInfo(found["Id"], platform, config.get("Labels") or {}, config.get("WorkingDir") or "/")

    def offered(self, reference: str) -> list[str]:
        """The platforms for which the registry has the image, asked by the engine with this machine's credentials.

        Empty where nobody can tell: old manifests do not say, and Podman 4 knows no such request.

        Raises:
            RegistryRefused: no such image, no permission, or no registry there.
        """
        try:
            with explained(self.host, f"asking the registry for {reference}"):
                found = self._registry_data(reference).attrs
        except NotThere:
            return []
        return [f"{one['os']}/{one['architecture']}" for one in found.get("Platforms") or []]

    def offered_digest(self, reference: str) -> str:
        """The digest, `sha256:…`, under which the registry has the image, asked as `offered` asks.

        Raises:
            RegistryRefused: no such image, no permission, or no registry there.
        """
        with explained(self.host, f"asking the registry for {reference}"):
            return str(self._registry_data(reference).id)

    def pull(self, reference: str, progress: Progress) -> None:
        """Have the engine pull an image.

        Args:
            reference: `repository@sha256:…` or `repository:tag`.
            progress: called as the layers come in.
        """
        layers: dict[str, tuple[float, float]] = {}
        for event in self._pulling(reference):
            if "error" in event:
                raise refusal(self.host, f"pulling {reference}", event["error"])
            name, detail = event.get("id", ""), event.get("progressDetail") or {}
            if event.get("status") == "Downloading" and detail.get("total"):
                layers[name] = (detail["current"], detail["total"])
            elif event.get("status") == "Download complete" and name in layers:
                layers[name] = (layers[name][1], layers[name][1])
            if layers:
                progress(sum(done for done, _ in layers.values()), sum(total for _, total in layers.values()))

    def tag(self, reference: str, repository: str, tag: str) -> None:
        """Give an image a name: what is known by its digest alone counts as dangling, and is pruned."""
        with explained(self.host, f"tagging {reference}"):
            self._client.api.tag(reference, repository, tag)

    def every(self) -> list[ImageNames]:
        """Every image the engine has, by all its names."""
        with explained(self.host, "listing images"):
            found: list[dict[str, Any]] = self._client.api.images()
        return [
            ImageNames(
                one["Id"], _names(one.get("RepoTags"), "<none>:<none>"), _names(one.get("RepoDigests"), "<none>@<none>")
            )
            for one in found
        ]

    def forget(self, reference: str) -> None:
        """Take a name from an image, and with the last one its layers; one in use, or gone already, is left alone."""
        try:
            with explained(self.host, f"removing image {reference}"):
                self._client.images.remove(reference)
        except EngineRefused as refused:
            if refused.status not in (404, 409):
                raise

    def _pulling(self, reference: str) -> Iterator[dict[str, Any]]:
        repository, by_digest, version = reference.partition("@")
        if not by_digest:
            repository, _, version = reference.rpartition(":")
        with explained(self.host, f"pulling {reference}"):
            yield from self._client.api.pull(
                repository, tag=version, stream=True, decode=True, auth_config=self._auth(reference)
            )

    def _registry_data(self, reference: str) -> RegistryData:
        return self._client.images.get_registry_data(reference, auth_config=self._auth(reference))

    def _auth(self, reference: str) -> dict[str, str] | None:
        return self._credentials.for_image(reference) if self._credentials else None
