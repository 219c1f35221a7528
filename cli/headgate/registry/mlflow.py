"""MLflow's model registry: the alias first, then the stage that older registries have instead.

MLflow sets an alias without asking what it was, and keeps no history. So `promote` reads it before and after, and
writes each move into a tag of the registered model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from headgate.masking import mask
from headgate.registry.base import (
    CANDIDATE,
    Artifact,
    ArtifactDamaged,
    Candidate,
    Move,
    ProductionMoved,
    RegistryUnreachable,
    UseNotCounted,
    Version,
    VersionMissing,
)
from headgate.registry.integrity import never_had, outgoing
from headgate.registry.mlflow_client import NotThere, asking, connect
from headgate.registry.mlflow_runs import RunFacts, Runs
from headgate.registry.notes import MoveNote

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion, RegisteredModel

_TAG = "headgate."
_ARTIFACTS: tuple[Artifact, ...] = ("model", "predictions", "decision")
_PATH_TAGS: Mapping[Artifact, str] = {role: f"{_TAG}{role}_path" for role in _ARTIFACTS}
_DIGEST_TAGS: Mapping[Artifact, str] = {role: f"{_TAG}{role}_digest" for role in _ARTIFACTS}
_COMMIT_OF_RUN = "mlflow.source.git.commit"


class MlflowRegistry:
    """One registered model.

    Args:
        model: its name.
        alias: the alias that names Production.
        stage: the stage that is read where the alias is not set.
        uri: the located MLflow URI.
        experiment: where a run is made for a candidate that has none there.
        clock: the time, in UTC.
    """

    def __init__(
        self, model: str, alias: str, stage: str, *, uri: str, experiment: str, clock: Callable[[], datetime]
    ) -> None:
        self.name = mask(uri)
        self._model = model
        self._alias = alias
        self._stage = stage
        self._uri = uri
        self._experiment = experiment
        self._clock = clock

    def production(self) -> Version | None:
        """The version of the alias; where there is no such alias, the newest one in the stage."""
        number = self._pointed(self._registered())
        return self.version(number) if number else None

    def version(self, version: str) -> Version:
        """One version, its metrics from its run: MLflow does not keep them with the version."""
        found = self._model_version(version)
        return _as_version(found, self._runs.read(found.run_id))

    def fetch(self, version: Version, artifact: Artifact, into: Path) -> Path:
        """From the run's artifacts, or from the source of a version that something else registered."""
        found = self._model_version(version.version)
        path = found.tags.get(_PATH_TAGS[artifact])
        if path is not None:
            return self._runs.download(found.run_id or "", path, into, found.tags.get(_DIGEST_TAGS[artifact]))
        if artifact != "model":
            raise never_had(self._model, version.version, artifact)
        return self._download_source(found, into)

    def register(self, candidate: Candidate) -> Version:
        """Log the artifacts to the candidate's run, download them again, compare; only then create the version."""
        registered = self._registered()
        digests = {role: outgoing(path, promised) for role, (path, promised) in candidate.files.items()}
        run = self._runs.of(candidate)
        paths = {role: self._runs.keep(run, role, path, digests[role]) for role, (path, _) in candidate.files.items()}
        with asking(self._uri):
            if registered is None:
                self._client.create_registered_model(self._model)
            source = f"runs:/{run}/{paths['model'].rpartition('/')[0]}"
            tags = _tags(candidate, digests, paths)
            created = str(self._client.create_model_version(self._model, source, run_id=run, tags=tags).version)
            self._client.set_registered_model_alias(self._model, CANDIDATE, created)
        return self.version(created)

    def promote(self, version: str, *, expected: str | None, actor: str, reason: str | None = None) -> Move:
        """Set the alias. MLflow cannot refuse a second promotion at the same moment; reading again finds it out."""
        self._model_version(version)
        registered = self._registered()
        note = MoveNote(
            name=self._model,
            alias=self._alias,
            version=version,
            previous=expected if expected != version else None,
            actor=actor,
            reason=reason,
            moved_at=self._clock(),
        )
        if self._alias_of(registered) == version:
            last = self._moves(registered)[:1]
            return last[0] if last and last[0].version == version else self._recorded(note)
        self._must_be_at(expected, self._pointed(registered), registered)
        with asking(self._uri):
            self._client.set_registered_model_alias(self._model, self._alias, version)
        registered = self._registered()
        found = self._alias_of(registered)
        if found != version:
            raise ProductionMoved(self._model, self._alias, expected=expected, found=found, move=None)
        return self._recorded(note)

    def history(self) -> list[Move]:
        """The moves that headgate made; what was clicked in MLflow's own pages left no trace."""
        return self._moves(self._registered())

    def count_use(self, evaluation_data: str, candidate: str) -> int:
        """A tag of the registered model for each candidate: setting it again changes nothing."""
        prefix = f"{_TAG}use.{_hex(evaluation_data)}."
        registered = self._registered()
        judged = {key for key in (registered.tags if registered else {}) if key.startswith(prefix)}
        key = f"{prefix}{_hex(candidate)}"
        if key in judged:
            return len(judged)
        try:
            with asking(self._uri):
                if registered is None:
                    self._client.create_registered_model(self._model)
                self._client.set_registered_model_tag(self._model, key, self._clock().isoformat(timespec="seconds"))
        except RegistryUnreachable as refused:
            raise UseNotCounted(refused.message, known=len(judged), hint=refused.hint) from refused
        return len(judged) + 1

    @cached_property
    def _client(self) -> MlflowClient:
        """Connected when first needed: importing MLflow takes a second or two."""
        return connect(self._uri)

    @cached_property
    def _runs(self) -> Runs:
        return Runs(self._client, self._uri, self._experiment)

    def _registered(self) -> RegisteredModel | None:
        """The registered model as `get` gives it: search leaves the aliases out. None when MLflow has no such model.

        Raises:
            RegistryUnreachable: what answers is no MLflow; an empty answer must not read as 'there is none'.
        """
        client = self._client
        try:
            with asking(self._uri):
                found = client.get_registered_model(self._model)
        except NotThere:
            return None
        if found.name != self._model:
            raise RegistryUnreachable(
                f"What answers at {mask(self._uri)} is not an MLflow server: asked for the model '{self._model}', "
                f"it gave '{found.name}'.",
                hint="Check registry.uri and tracking.uri in headgate.yaml: a proxy or a login page may be in between",
            )
        return found

    def _alias_of(self, registered: RegisteredModel | None) -> str | None:
        number = registered.aliases.get(self._alias) if registered else None
        return None if number is None else str(number)

    def _pointed(self, registered: RegisteredModel | None) -> str | None:
        """What the alias names; else the newest version in the stage; else None."""
        versions = registered.latest_versions if registered else []
        staged = [int(version.version) for version in versions if version.current_stage == self._stage]
        return self._alias_of(registered) or (str(max(staged)) if staged else None)

    def _model_version(self, version: str) -> ModelVersion:
        client = self._client
        missing = VersionMissing(
            f"{self._model} has no version '{version}' in MLflow at {mask(self._uri)}.",
            hint="headgate history  (lists the versions that were in production)",
        )
        if not version.isdecimal():
            raise missing
        try:
            with asking(self._uri):
                return client.get_model_version(self._model, version)
        except NotThere as error:
            raise missing from error

    def _must_be_at(self, expected: str | None, found: str | None, registered: RegisteredModel | None) -> None:
        if found != expected:
            move = next((move for move in self._moves(registered) if move.version == found), None)
            raise ProductionMoved(self._model, self._alias, expected=expected, found=found, move=move)

    def _moves(self, registered: RegisteredModel | None) -> list[Move]:
        prefix = f"{_TAG}move.{self._alias}."
        tags = registered.tags if registered else {}
        return [_move(key, tags[key]) for key in sorted(tags, reverse=True) if key.startswith(prefix)]

    def _recorded(self, note: MoveNote) -> Move:
        moment = note.moved_at.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")  # sorts by time
        value = note.model_dump_json(by_alias=True, exclude_none=True)
        with asking(self._uri):
            self._client.set_registered_model_tag(self._model, f"{_TAG}move.{self._alias}.{moment}", value)
        return note.as_move()

    def _download_source(self, found: ModelVersion, into: Path) -> Path:
        """The whole source of a version that carries none of headgate's tags: there is no digest to verify."""
        into.mkdir(parents=True, exist_ok=True)
        try:
            with asking(self._uri):
                from mlflow.artifacts import download_artifacts

                source = self._client.get_model_version_download_uri(self._model, str(found.version))
                return Path(download_artifacts(source, dst_path=str(into), tracking_uri=self._uri))
        except NotThere as error:
            raise ArtifactDamaged(
                f"The source of {self._model} v{found.version} is gone from MLflow at {mask(self._uri)}: {found.source}"
            ) from error


def _as_version(found: ModelVersion, run: RunFacts) -> Version:
    tags = found.tags
    paths = set(_PATH_TAGS.values())
    return Version(
        name=found.name,
        version=str(found.version),
        model_digest=tags.get(_DIGEST_TAGS["model"]),
        predictions_digest=tags.get(_DIGEST_TAGS["predictions"]),
        decision_digest=tags.get(_DIGEST_TAGS["decision"]),
        evaluation_data=tags.get(f"{_TAG}evaluation_data"),
        metrics=run.metrics,
        commit=tags.get(f"{_TAG}commit") or run.tags.get(_COMMIT_OF_RUN),
        run=found.run_id or None,
        created_at=datetime.fromtimestamp(found.creation_timestamp / 1000, tz=timezone.utc),
        facts={
            key.removeprefix(_TAG).replace("_", "-"): value
            for key, value in tags.items()
            if key.startswith(_TAG) and key not in paths
        },
    )


def _tags(candidate: Candidate, digests: Mapping[Artifact, str], paths: Mapping[Artifact, str]) -> dict[str, str]:
    """What the version carries; names as `record.facts.tags` writes them."""
    facts = {f"{_TAG}{name.replace('-', '_')}": value for name, value in candidate.facts.items()}
    known = {f"{_TAG}commit": candidate.commit, f"{_TAG}evaluation_data": candidate.evaluation_data}
    return {
        **facts,
        **{key: value for key, value in known.items() if value is not None},
        **{_DIGEST_TAGS[role]: digest for role, digest in digests.items()},
        **{_PATH_TAGS[role]: path for role, path in paths.items()},
    }


def _hex(digest: str) -> str:
    """Enough of a digest to tell sets and candidates apart in the name of a tag."""
    return digest.removeprefix("sha256:")[:16]


def _move(key: str, value: str) -> Move:
    try:
        return MoveNote.model_validate_json(value).as_move()
    except ValidationError as error:
        raise RegistryUnreachable(
            f"The tag {key} of the registered model is not a move that this headgate understands.",
            hint="Written by a newer headgate: update this one; changed by hand: delete the tag in MLflow",
        ) from error
