"""From the running container back to the commit: every link is looked up where it lives, and compared by hash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from headgate.errors import CouldNotCarryOut
from headgate.lineage.dvc_files import read_dvc_files
from headgate.lineage.past import Past
from headgate.masking import mask
from headgate.record import Verdict
from headgate.record.facts import LABEL, tag
from headgate.record.store import read
from headgate.workflow.chain import Chain, Link, State
from headgate.workflow.job import Job

if TYPE_CHECKING:
    from headgate.hosts import Container, Engine
    from headgate.registry import Version


def verify(job: Job) -> Chain:
    """Walk from what every host serves back to the commit.

    Raises:
        CouldNotCarryOut: a host serves nothing, or cannot be asked.
    """
    from headgate.deploy import service_of, status, targets_on

    links: list[Link] = []
    with (
        job.console.step("verify") as step,
        job.connections.opened() as connections,
    ):
        hosts = status(targets_on(connections, service_of(job.config)))
        for host, connection in zip(hosts, connections, strict=True):
            if host.serving is None:
                raise CouldNotCarryOut(f"{host.host} serves no release of {job.config.model}.", hint="headgate status")
            step.doing(f"walking back from {host.host}")
            links += _Walk(job, connection.engine, host.serving.container).links()
        loose = sum(link.state != "holds" for link in links)
        step.made(f"{len(links)} links, {f'{loose} not verified' if loose else 'every one holds'}")
    return Chain(tuple(links))


@dataclass(frozen=True)
class _Walk:
    """The way back from one container. Every link is asked of who knows it, not of the link before."""

    job: Job
    engine: Engine
    name: str

    def links(self) -> Iterator[Link]:
        """The links in the order of the walk; one that cannot be looked up does not end it."""
        looks: dict[str, Callable[[], Link]] = {
            "container": self._container,
            "image": self._image,
            "model": self._model,
            "version": self._version,
            "verdict": self._verdict,
            "run": self._run,
            "data": self._data,
            "commit": self._commit,
        }
        for name, look in looks.items():
            try:
                yield look()
            except CouldNotCarryOut as trouble:
                yield Link(name, "?", "unknown", " ".join(trouble.message.split()))

    @cached_property
    def _running(self) -> Container:
        found = self.engine.find(self.name)
        if found is None:
            raise CouldNotCarryOut(f"{self.engine.host}: {self.name} is gone.")
        return found

    def _label(self, name: str) -> str:
        """What the container says of itself, to be checked against who knows.

        Raises:
            CouldNotCarryOut: it says nothing: it was not made by headgate, or by hand.
        """
        value = self._running.labels.get(f"{LABEL}.{name}")
        if value is None:
            raise CouldNotCarryOut(f"{self.name} carries no label {LABEL}.{name}.")
        return value

    @cached_property
    def _registered(self) -> Version:
        return self.job.registry.version(self._label("model-version"))

    def _container(self) -> Link:
        running = self._running
        how = f"serves port {self._label('port')} of {self.engine.host}"
        return Link("container", running.name, "holds" if running.running else "broken", how)

    def _image(self) -> Link:
        reference = self._label("image")
        found = self.engine.images.find(reference)
        same = found is not None and found.id == self._running.image
        how = "the container runs exactly this image" if same else "the container runs another image"
        return Link("image", reference, _state(same), how)

    def _model(self) -> Link:
        from headgate.image import archive_digest

        said, path = self._label("model-digest"), self._model_path()
        found = archive_digest(self.engine.stream(self.name, path), path)
        how = f"{path} in the running container hashes to it" if found == said else f"{path} hashes to {found}"
        return Link("model", said, _state(found == said), how)

    def _model_path(self) -> str:
        """Where the model is in the container: as configured, below the image's working directory."""
        image = self.engine.images.find(self._running.image)
        folder = image.folder if image else "/"
        config = self.job.config
        return str(PurePosixPath(folder) / (config.image.model_path or config.train.model))

    def _version(self) -> Link:
        version, said = self._registered, self._label("model-digest")
        value = f"{version.name} v{version.version}"
        if version.model_digest != said:
            return Link("version", value, "broken", f"the registry has {version.model_digest} for it")
        if not self.job.in_production:
            return Link("version", value, "holds", f"the {self.job.registry.name} registry has this model")
        production = self.job.registry.production()
        if production is None or production.version != version.version:
            named = f"v{production.version}" if production else "nothing"
            alias = self.job.config.registry.alias
            return Link("version", value, "broken", f"same model, but the alias '{alias}' names {named}")
        return Link("version", value, "holds", f"the {self.job.registry.name} registry has this model, as Production")

    def _verdict(self) -> Link:
        facts = self._registered.facts
        verdict, policy = facts.get("verdict"), facts.get("policy")
        if verdict not in (None, "pass", "inconclusive"):
            return Link("verdict", verdict, "broken", "the gate did not let this version through")
        if verdict is None or policy is None:
            return Link("verdict", "none", "unknown", "the version was registered by hand: no gate has seen it")
        same = policy == self._label("policy") and verdict == self._label("verdict")
        against = f"v{facts['baseline']}" if "baseline" in facts else "no Production yet"
        how = f"by policy {policy}, against {against}" if same else "the registry says otherwise than the image"
        if not same or self._registered.decision_digest is None:
            return Link("verdict", verdict, _state(same), how)
        kept = self._kept_decision()
        same = kept is not None and (kept.verdict, kept.policy) == (verdict, policy)
        told = f", {len(kept.checks)} checks kept with the version" if kept else ""
        return Link("verdict", verdict, _state(same), f"{how}{told}" if same else "the decision kept says otherwise")

    def _kept_decision(self) -> Verdict | None:
        """The verdict in the record that the registry keeps with the version, its digest verified."""
        with TemporaryDirectory(prefix="headgate-") as scratch:
            return read(self.job.registry.fetch(self._registered, "decision", Path(scratch))).verdict

    def _run(self) -> Link:
        from headgate.tracking import open_store

        run = self._label("run")
        store = open_store(self.job.config.tracking.uri, self.job.project, run=self.job.run)
        tags = store.tags_of(run)
        if tags is None:
            return self._untracked(run, mask(store.uri))
        wrong = [name for name in ("commit", "model-digest") if tags.get(tag(name)) != self._label(name)]
        how = (
            f"the tracked run has another {' and '.join(wrong)}" if wrong else "tracked with this commit and this model"
        )
        return Link("run", run, _state(not wrong), how)

    def _untracked(self, run: str, asked: str) -> Link:
        """A run that the store of this machine does not have: it may never have been meant to."""
        kept = self._label("tracking")
        if kept != asked:
            return Link("run", run, "unknown", f"tracked in {kept}, which is not the store of this project ({asked})")
        return Link("run", run, "broken", "the tracking store has no such run")

    def _data(self) -> Link:
        said, commit = self._label("data"), self._label("commit")
        with TemporaryDirectory(prefix="headgate-") as scratch:
            past = Past(self.job.git, commit, Path(scratch))
            found = read_dvc_files(past.check_out_dvc_files()).sources_digest
        how = "what DVC tracks in that commit hashes to it" if found == said else f"DVC's files there hash to {found}"
        return Link("data", said, _state(found == said), how)

    def _commit(self) -> Link:
        commit = self._label("commit")
        if not self.job.git.try_("cat-file", "-e", f"{commit}^{{commit}}").ok:
            return Link("commit", commit, "unknown", "not in this clone: git fetch --unshallow")
        if self._registered.commit != commit:
            return Link("commit", commit, "broken", f"the registry has {self._registered.commit} for the version")
        if f"{LABEL}.dirty" in self._running.labels:
            return Link("commit", commit, "unknown", "the release was made with changes that this commit does not hold")
        subject = self.job.git("log", "-1", "--format=%s (%an)", commit)
        return Link("commit", commit, "holds", subject)


def _state(holds: bool) -> State:
    return "holds" if holds else "broken"
