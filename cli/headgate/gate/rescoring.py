"""A registered model scored on today's evaluation data, by the project's own `evaluate`."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headgate import process
from headgate.console import Step
from headgate.errors import CouldNotCarryOut
from headgate.lineage.digests import digest, text_digest
from headgate.lineage.dvc_files import read_dvc_files
from headgate.lineage.git import Git
from headgate.lineage.past import Past
from headgate.masking import mask
from headgate.process import TAIL_LINES, Runner, TimedOut
from headgate.registry.base import Registry, Version

CACHE = Path(".headgate/rescored")
_PLACEHOLDER = re.compile(r"\{(model|predictions|requirements)\}")
_SHOWN = 15  # lines of the command's output in an error: enough for a traceback's end


class EvaluateFailed(CouldNotCarryOut):
    """`gate.evaluate` did not write the predictions it was asked for."""

    title = "Production could not be scored again"


@dataclass(frozen=True)
class Rescoring:
    """`gate.evaluate`, ready to score any version of the registry.

    Args:
        command: as configured, with placeholders.
        predictions: how the project spells its predictions file; its ending says in which format they are wanted.
        requirements: the file of the version's own commit that `{requirements}` stands for.
        timeout: seconds before the command is ended.
        project: the folder of headgate.yaml: the command runs there, on the data that lies there.
        registry: who has the models.
        scratch: a folder for what is downloaded.
        run: how programs are run.
        step: where the command's output goes.
    """

    command: str
    predictions: str
    requirements: str | None
    timeout: float
    project: Path
    registry: Registry
    scratch: Path
    run: Runner = process.run
    step: Step | None = None

    def score(self, version: Version, evaluation_data: str) -> Path:
        """The predictions of `version` on today's data, whose rows have the digest `evaluation_data`.

        A version is scored once for one model, one set of rows, one command with the files it names, and one state of
        the data that DVC tracks; what is kept is used again while it is unchanged.

        Raises:
            EvaluateFailed: the command failed, took too long, or wrote nothing.
            ArtifactDamaged, RegistryUnreachable: the model cannot be had as it was registered.
        """
        model = None if version.model_digest else self._fetched(version)
        model_digest = digest(model) if model else version.model_digest
        kept = Kept.at(self.project / CACHE, self._identity(model_digest, evaluation_data), Path(self.predictions).name)
        if not kept.whole:
            kept.keep(self._evaluated(version, model or self._fetched(version)))
        return kept.predictions

    def _fetched(self, version: Version) -> Path:
        """The model as it was registered."""
        return self.registry.fetch(version, "model", self._folder(version, "model"))

    def _identity(self, model_digest: str | None, evaluation_data: str) -> dict[str, str | None]:
        words = [self.project / word for word in shlex.split(self.command) if not _PLACEHOLDER.search(word)]
        return {
            "model": model_digest,
            "evaluation_data": evaluation_data,
            "evaluate": self.command,
            "requirements": self.requirements,
            "data": read_dvc_files(self.project).sources_digest,
            **{f"file {word.name}": digest(word) for word in words if word.is_file()},
        }

    def _evaluated(self, version: Version, model: Path) -> Path:
        """Run the command; returns what it wrote."""
        written = self._folder(version, "predictions") / Path(self.predictions).name
        argv = self._argv(version, model, written)
        tail: deque[str] = deque(maxlen=TAIL_LINES)

        def read(line: str) -> None:
            tail.append(line)
            if self.step is not None:
                self.step.detail(line)

        if self.step is not None:
            self.step.doing(f"scoring v{version.version} on today's evaluation data")
        try:
            completed = self.run(argv, cwd=self.project, timeout=self.timeout, on_line=read)
        except TimedOut as late:
            what = f"was ended after train.timeout ({self.timeout:g} s)"
            raise self._failed(
                version, what, tail, hint="Raise train.timeout, or find out what it waits for."
            ) from late
        if not completed.ok:
            raise self._failed(version, f"exited {completed.returncode}", tail, hint=f"Try it here: {self.command}")
        if not written.is_file():
            hint = "It has to write one row per evaluation example to the file that {predictions} stands for."
            raise self._failed(version, f"exited 0 and wrote no {written.name} where it was told to", tail, hint=hint)
        return written

    def _argv(self, version: Version, model: Path, written: Path) -> list[str]:
        """The words of the command, each with its placeholders filled in: no path is ever split or read by a shell."""
        values: Mapping[str, str] = {"model": str(model), "predictions": str(written)}
        if self.requirements is not None:
            values = {**values, "requirements": str(self._recorded(version, self.requirements))}
        return [_PLACEHOLDER.sub(lambda found: values[found[1]], word) for word in shlex.split(self.command)]

    def _recorded(self, version: Version, name: str) -> Path:
        """The file `name` as it was in the commit of `version`."""
        git = Git(self.project, self.run)
        if version.commit is None or not git.try_("cat-file", "-e", f"{version.commit}^{{commit}}").ok:
            raise EvaluateFailed(
                f"{{requirements}} is {name} as it was when v{version.version} was made, and its commit "
                f"{(version.commit or 'is not known')[:12]} is not in this clone.",
                hint="git fetch --unshallow  (in GitHub Actions: actions/checkout with fetch-depth: 0)",
            )
        past = Past(git, version.commit, self._folder(version, "requirements"))
        found = past.bring(name, read_dvc_files(past.check_out_dvc_files()))
        if found is None:
            raise EvaluateFailed(
                f"v{version.version} was made in commit {version.commit[:7]}, which has no {name}.",
                hint="Name another file in gate.evaluate_requirements, or leave {requirements} out of gate.evaluate.",
            )
        return found

    def _failed(self, version: Version, what: str, tail: deque[str], *, hint: str) -> EvaluateFailed:
        last = [f"  {mask(line)}" for line in tail if line.strip()][-_SHOWN:]
        said = "Its last lines:" if last else "It said nothing."
        return EvaluateFailed(
            "\n".join([f"gate.evaluate, scoring v{version.version} on today's data, {what}. {said}", *last]), hint=hint
        )

    def _folder(self, version: Version, name: str) -> Path:
        folder = self.scratch / "rescoring" / f"v{version.version}" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True)
class Kept:
    """Predictions that were made before, with what they were made from.

    Args:
        folder: one for each identity.
        predictions: the file in it.
        identity: all that went into them.
    """

    folder: Path
    predictions: Path
    identity: Mapping[str, str | None]

    @classmethod
    def at(cls, cache: Path, identity: Mapping[str, str | None], name: str) -> Kept:
        """Where predictions called `name` with this identity are kept."""
        key = text_digest(json.dumps(identity, sort_keys=True)).removeprefix("sha256:")[:32]
        return cls(cache / key, cache / key / name, identity)

    @property
    def whole(self) -> bool:
        """Whether they are there, and are what was kept."""
        try:
            said = json.loads(self._said.read_text(encoding="utf-8"))
            return bool(said == {**self.identity, "predictions": digest(self.predictions)})
        except (OSError, ValueError):
            return False

    def keep(self, written: Path) -> None:
        """Put `written` there; what says that it is whole comes last."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(written, self.predictions)
        said = {**self.identity, "predictions": digest(self.predictions)}
        self._said.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")

    @property
    def _said(self) -> Path:
        return self.folder / "made-from.json"
