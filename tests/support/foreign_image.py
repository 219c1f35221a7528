"""An image that is not for the processors of this machine."""

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager

import docker

from support.hosts import REGISTRY, REGISTRY_USER, registry_password


@contextmanager
def image_for_arm(engine: docker.DockerClient, path: str) -> Iterator[str]:
    """`repository@sha256:…` of one in the lab's registry with a password, with nothing in it."""
    repository = f"{REGISTRY}/{path}"
    nothing = io.BytesIO()
    tarfile.open(fileobj=nothing, mode="w").close()
    engine.api.import_image_from_data(nothing.getvalue(), repository=repository, tag="empty")
    engine.images.load(_for_arm(b"".join(engine.images.get(f"{repository}:empty").save())))[0].tag(repository, "arm")
    engine.images.remove(f"{repository}:empty")
    engine.images.push(repository, tag="arm", auth_config={"username": REGISTRY_USER, "password": registry_password()})
    image = engine.images.get(f"{repository}:arm")
    try:
        yield image.attrs["RepoDigests"][0]
    finally:
        engine.images.remove(image.id, force=True)


def _for_arm(saved: bytes) -> bytes:
    """An image as `docker save` gives it, saying that it is for another processor."""
    changed = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(saved)) as before, tarfile.open(fileobj=changed, mode="w") as after:
        for entry in before:
            content = before.extractfile(entry)
            text = content.read() if content else b""
            if entry.name.endswith(".json"):
                text = text.replace(b'"architecture":"amd64"', b'"architecture":"arm64"')
            entry.size = len(text)
            after.addfile(entry, io.BytesIO(text))
    return changed.getvalue()
