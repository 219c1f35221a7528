"""After the build: the model inside the image is the one that was gated. The image is opened, never run."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from headgate.console import Step
from headgate.errors import CouldNotCarryOut
from headgate.hosts import ContainerSpec, Engine
from headgate.hosts.trouble import NotThere
from headgate.lineage.digests import stream_digest, tree_digest
from headgate.record.facts import LABEL


class WrongModelInside(CouldNotCarryOut):
    """The image holds another model than the gated one, or none where it was looked for."""

    title = "the image does not hold the gated model"


def check_contents(engine: Engine, image: str, path: str, expected: str, *, step: Step) -> None:
    """Compare the model at `path` inside `image` with `expected`.

    Raises:
        WrongModelInside: there is none at that path, or its digest differs.
    """
    step.doing(f"verifying {path} inside the image")
    found = digest_inside(engine, image, path)
    if found != expected:
        raise WrongModelInside(
            f"{path} inside the image is {found}, and {expected} was gated.",
            hint="Does the Dockerfile copy the model from the build context, and leave it as it is?",
        )


def digest_inside(engine: Engine, image: str, path: str) -> str:
    """The digest of the file or folder at `path` inside `image`, as `lineage.digests.digest` would give it.

    Raises:
        WrongModelInside: nothing is there, or only a symbolic link.
    """
    name = f"headgate-look-{image.removeprefix('sha256:')[:12]}"
    engine.remove(name)
    engine.create(
        ContainerSpec(name=name, image=image, labels={f"{LABEL}.purpose": "look-inside"}, entrypoint=("none",))
    )
    try:
        return archive_digest(engine.stream(name, path), path)
    except NotThere:
        raise WrongModelInside(
            f"The image holds nothing at {path}.",
            hint="Copy the model in the Dockerfile, or set image.model_path to where it is copied to.",
        ) from None
    finally:
        engine.remove(name)


def archive_digest(chunks: Iterable[bytes], path: str) -> str:
    """The digest of the one file or folder in a tar that comes in pieces, which is never held as a whole.

    Raises:
        WrongModelInside: the archive holds a symbolic link in the model's place.
    """
    root = PurePosixPath(path).name
    files: dict[str, str] = {}
    with tarfile.open(fileobj=Stream(iter(chunks)), mode="r|") as archive:
        for entry in archive:
            content = archive.extractfile(entry) if entry.isreg() else None
            if content is not None:
                files[PurePosixPath(entry.name).relative_to(root).as_posix()] = stream_digest(content)
            elif not entry.isdir():
                raise WrongModelInside(
                    f"{path} inside the image is or holds a link ({entry.name} -> {entry.linkname}), and a link "
                    "proves nothing.",
                    hint="Set image.model_path to the file itself.",
                )
    return files["."] if set(files) == {"."} else tree_digest(files)


class Stream(io.RawIOBase):
    """Pieces of bytes as a file that can be read once, from start to end."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, fewer at the end."""
        while size < 0 or len(self._left) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._left += chunk
        size = len(self._left) if size < 0 else size
        taken, self._left = self._left[:size], self._left[size:]
        return taken
