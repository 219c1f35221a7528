"""Before anything is built: the model in the build context is the one that was gated, of the commit at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from headgate.config.models import Image as ImageConfig
from headgate.errors import CouldNotCarryOut
from headgate.lineage.digests import digest
from headgate.record import Model, Record


class AnotherCommit(CouldNotCarryOut):
    """The sources that would go into the image are not those that the model was trained and gated with."""

    title = "the image would be of another commit"


class ModelNotInContext(CouldNotCarryOut):
    """The build would never see the model."""

    title = "the model is not in the build context"


class NotTheGatedModel(CouldNotCarryOut):
    """The model at hand is not the one that was gated."""

    title = "the model changed after the gate"


@dataclass(frozen=True)
class Context:
    """The folder that is sent to the builder, its Dockerfile, and the model inside it."""

    folder: Path
    dockerfile: Path
    model: Path

    @classmethod
    def of(cls, config: ImageConfig, project: Path, model_path: str) -> Context:
        """The context as configured; `model_path` is relative to `project`."""
        return cls(project / config.context, project / config.dockerfile, project / model_path)

    @property
    def model_inside(self) -> str:
        """The model's path inside the context.

        Raises:
            ModelNotInContext: it lies outside.
        """
        try:
            return self.model.relative_to(self.folder).as_posix()
        except ValueError:
            raise ModelNotInContext(
                f"{self.model} lies outside of the build context {self.folder}.",
                hint="Set image.context to a folder that holds the model, e.g. `context: .`",
            ) from None


def check_commit(record: Record, head: str) -> None:
    """Refuse sources of another commit than the record's.

    Raises:
        AnotherCommit: HEAD moved since.
    """
    if record.source.commit != head:
        raise AnotherCommit(
            f"HEAD is {head[:7]}, and the record belongs to {record.source.commit[:7]}: the image would hold a model "
            "and a code that were never gated together.",
            hint=f"git checkout {record.source.commit[:7]}, or run train, gate and register for {head[:7]}.",
        )


def check_model(context: Context, record: Record, model: Model) -> None:
    """Refuse a context without the model, or with another one.

    Raises:
        ModelNotInContext: absent, outside, behind a link, or left out by the .dockerignore file.
        NotTheGatedModel: its digest is not that of the registered version, or that one was not gated.
    """
    inside = context.model_inside
    _check_dockerfile(context)
    if not context.model.exists():
        raise ModelNotInContext(
            f"There is no {inside} in {context.folder}.",
            hint="headgate train makes it; dvc checkout brings it back where DVC has it.",
        )
    _check_links(context)
    if excluded := exclusion(context):
        raise ModelNotInContext(
            f"{excluded.name} leaves {inside} out of the build, so that no COPY can reach it.",
            hint=f"Add a last line to {excluded}:  !{inside}",
        )
    _check_digest(context, record, model)


def exclusion(context: Context) -> Path | None:
    """The ignore file that keeps the model out of the build, if one does."""
    from docker.utils.build import PatternMatcher

    file = _ignore_file(context)
    if file is None:
        return None
    lines = (line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines())
    matcher = PatternMatcher([line for line in lines if line and not line.startswith("#")])
    model = context.model
    needed = [one for one in model.rglob("*") if one.is_file()] if model.is_dir() else [model]
    names = (one.relative_to(context.folder).as_posix() for one in needed)
    return file if any(matcher.matches(name) for name in names) else None  # type: ignore[arg-type]  # it wants text


def _ignore_file(context: Context) -> Path | None:
    """BuildKit prefers an ignore file beside the Dockerfile, named after it."""
    own = context.dockerfile.with_name(f"{context.dockerfile.name}.dockerignore")
    return next((file for file in (own, context.folder / ".dockerignore") if file.is_file()), None)


def _check_dockerfile(context: Context) -> None:
    if not context.dockerfile.is_file():
        raise CouldNotCarryOut(
            f"There is no {context.dockerfile}.", hint="Set image.dockerfile, or add one: docs show a short one."
        )


def _check_links(context: Context) -> None:
    """DVC may keep a model as a link into its cache, and a builder copies the link, not the file."""
    model = context.model
    candidates = [model, *model.rglob("*")] if model.is_dir() else [model]
    linked = next((file for file in candidates if file.is_symlink()), None)
    if linked is not None:
        raise ModelNotInContext(
            f"{linked} is a symbolic link to {linked.readlink()}; the build would copy the link alone.",
            hint="dvc config cache.type reflink,hardlink,copy && dvc checkout --relink",
        )


def _check_digest(context: Context, record: Record, model: Model) -> None:
    gated = model.digest if model.by_hand or record.run is None else record.run.model_digest
    found = digest(context.model)
    if found != gated:
        raise NotTheGatedModel(
            f"{context.model_inside} is not the model that was gated: it is {_short(found)}, the gated one is "
            f"{_short(gated)}.",
            hint="dvc checkout brings the gated one back; headgate train and headgate gate judge this one.",
        )
    if model.digest != gated:
        raise NotTheGatedModel(
            f"{model.name} v{model.version} is {_short(model.digest)}, which is not the model that was gated "
            f"({_short(gated)}).",
            hint="headgate register",
        )


def _short(value: str) -> str:
    return value[: len("sha256:") + 12]
