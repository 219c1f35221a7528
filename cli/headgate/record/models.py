"""The sections of the release record, schema `headgate/release/1`.

Digests are `sha256:<hex>` for what headgate hashed itself and DVC's md5 as DVC gives it. Times are RFC 3339 in UTC.
Every section says whether its link was made by a verb or given by hand on the command line.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from headgate.record.parts import Digest, Inside, Part, Section, Time
from headgate.record.verdict import Evaluation, Verdict

SCHEMA = "headgate/release/1"
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class Source(Section):
    """The commit that everything else comes from.

    In a pull request's run `head` is the commit that was proposed; `commit` may be GitHub's merge of it, made to be
    tried.
    """

    repository: str | None = None
    commit: Commit
    head: Commit | None = None
    branch: str | None = None
    dirty: bool = False
    actor: str
    run_url: str | None = None
    created_at: Time


class Params(Section):
    """What the pipeline was told: the files' digests and their values, flattened with dots."""

    files: dict[str, Digest] = {}
    values: dict[str, str | int | float | bool | None] = {}


class DataFile(Part):
    """A file or folder that DVC tracks: `md5` as DVC gives it (`….dir` for folders), `size` in bytes.

    `hash` is DVC's word for how `md5` was made; None before DVC 3.0.
    """

    path: str
    md5: str
    size: int | None = None
    files: int | None = None
    hash: str | None = None


class OnRemote(DataFile):
    """What a training pushed. Another job may fetch it by this: a place in the project, and a hash that is one."""

    path: Inside
    md5: Annotated[str, Field(pattern=r"^[0-9a-f]{32}(\.dir)?$")]


class Data(Section):
    """What the training read; `sources` is the digest of the data that no stage makes."""

    remote: str | None
    sources: Digest | None = None
    lock: Digest | None
    files: tuple[DataFile, ...]
    pulled_at: Time


class Run(Section):
    """The tracked training: where it is tracked, what it measured, what it made.

    `on_remote` is what the DVC remote has of the model and the predictions: themselves, or what they are in or made of.
    """

    id: str
    tracking: str
    experiment: str
    url: str | None = None
    command: str
    metrics: dict[str, float]
    model_path: Inside
    model_digest: Digest
    predictions_path: Inside | None
    predictions_digest: Digest | None
    lock: Digest | None
    on_remote: tuple[OnRemote, ...] = ()
    started_at: Time
    ended_at: Time

    @property
    def digests(self) -> dict[str, str]:
        """What is gated, and must not change until it ships: digest by path."""
        made = {self.model_path: self.model_digest}
        if self.predictions_path is not None and self.predictions_digest is not None:
            made[self.predictions_path] = self.predictions_digest
        return made


class Model(Section):
    """The registered version."""

    name: str
    version: str
    registry: str
    digest: Digest
    predictions_digest: Digest | None = None
    registered_at: Time


class Image(Section):
    """The container image; `digest` names it for good, tags are for people.

    `release` is the id of the release that it makes: `YYYYMMDDhhmmss-<sha7>`, in UTC. A pushed image's digest is its
    manifest's; one that stays on this machine's engine has the engine's image id.
    """

    release: Annotated[str, Field(pattern=r"^[0-9]{14}-[0-9a-f]{7}$")]
    repository: str
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    tags: tuple[str, ...]
    platform: str | None
    pushed: bool
    model_digest: Digest | None
    created_at: Time

    @property
    def reference(self) -> str:
        """What a host runs: `repository@sha256:…`, or the image id where there is no registry."""
        return f"{self.repository}@{self.digest}" if self.pushed else self.digest


class HostRelease(Part):
    """What one host serves after the deployment, and what it served before."""

    host: str
    release: str
    image: str
    container: str
    previous: str | None = None
    switched_at: Time
    switch_seconds: float
    url: str


class Deployment(Section):
    """One release on every host of one environment."""

    environment: str
    release: str
    strategy: str
    hosts: tuple[HostRelease, ...]
    started_at: Time
    ended_at: Time


class Latency(Part):
    """Seconds until the answer was complete, at three percentiles of `samples` requests."""

    p50: float
    p95: float
    p99: float
    samples: int


class Probe(Part):
    """One check of the endpoint, and its last answer where it failed; `host` as the deployment names it."""

    name: str
    host: str | None = None
    ok: bool
    status: int | None = None
    why: str | None = None
    latency: Latency | None = None


class Health(Section):
    """What the endpoint answered once the release was in place; of several hosts, `url` is the first one's."""

    url: str
    release: str | None
    probes: tuple[Probe, ...]
    checked_at: Time


class Promotion(Section):
    """The alias moved: who is Production now, and who was before."""

    alias: str
    version: str
    previous: str | None
    actor: str
    promoted_at: Time


class Record(Part):
    """The chain from a commit to production; a section is missing until its verb has done its work."""

    schema_: Annotated[str, Field(alias="schema")] = SCHEMA
    headgate: str
    name: str
    source: Source
    params: Params | None = None
    data: Data | None = None
    run: Run | None = None
    evaluation: Evaluation | None = None
    verdict: Verdict | None = None
    model: Model | None = None
    image: Image | None = None
    deployment: Deployment | None = None
    health: Health | None = None
    promotion: Promotion | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, ser_json_inf_nan="null")

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON values, keys as in the schema; sections not yet made are left out."""
        values = self.model_dump(mode="json", by_alias=True)
        return {name: value for name, value in values.items() if value is not None}

    def until(self, section: str) -> Record:
        """The chain up to `section`, as it was when that was the last."""
        return self.model_copy(update=dict.fromkeys(ORDER[ORDER.index(section) + 1 :]))


ORDER = ("params", "data", "run", "evaluation", "verdict", "model", "image", "deployment", "health", "promotion")
MADE_BY = {
    "params": "train",
    "data": "pull",
    "run": "train",
    "evaluation": "gate",
    "verdict": "gate",
    "model": "register",
    "image": "build",
    "deployment": "deploy",
    "health": "health",
    "promotion": "promote",
}
