"""What GitHub is told while the verbs work: how the gate stands on a commit, and what runs where.

It is told so that people and branch protection can see it. Nothing depends on it: GitHub failing is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from headgate.console import Console
from headgate.errors import DeploymentFailed, HeadgateError
from headgate.github.deployments import Deployments, Place
from headgate.github.deployments import State as DeploymentState
from headgate.github.event import Here
from headgate.github.patience import Patience
from headgate.github.statuses import State, set_status
from headgate.masking import mask
from headgate.record import Deployment, Record, Verdict
from headgate.record.facts import facts
from headgate.report import against
from headgate.visible import visible

PATIENCE = 15.0
"""Seconds that GitHub can hold a verb up with rate limits and trouble, in all."""
_ANSWER = 5.0  # seconds for one answer


class Announcer(Protocol):
    """Told of what happens, as it happens."""

    def training(self, record: Record) -> AbstractContextManager[None]:
        """The commit will be judged: pending from here on; an error when the training fails."""

    def judging(self, record: Record) -> AbstractContextManager[Callable[[Verdict], None]]:
        """The gate is asked; to be called with the verdict. An error when it cannot be asked."""

    def deploying(self, record: Record, release: str) -> AbstractContextManager[Callable[[Deployment], None]]:
        """The release is on its way to the hosts; to be called when they serve it."""

    def checking(self, deployment: Deployment) -> AbstractContextManager[None]:
        """Behind the deployment: a failure here is the release's."""

    def serving(self, deployment: Deployment, how: str) -> None:
        """The hosts serve the deployment's release, and what they served before is no longer active."""

    def put_back(self, deployment: Deployment, why: str) -> None:
        """The hosts serve again what they served before the deployment."""


class Silent:
    """Outside of GitHub Actions, without a token, and where the token can write nothing: nobody is told."""

    def training(self, _record: Record) -> AbstractContextManager[None]:
        """Nobody is told."""
        return nullcontext()

    def judging(self, _record: Record) -> AbstractContextManager[Callable[[Verdict], None]]:
        """Nobody is told."""
        return nullcontext(lambda _verdict: None)

    def deploying(self, _record: Record, _release: str) -> AbstractContextManager[Callable[[Deployment], None]]:
        """Nobody is told."""
        return nullcontext(lambda _deployment: None)

    def checking(self, _deployment: Deployment) -> AbstractContextManager[None]:
        """Nobody is told."""
        return nullcontext()

    def serving(self, _deployment: Deployment, _how: str) -> None:
        """Nobody is told."""

    def put_back(self, _deployment: Deployment, _why: str) -> None:
        """Nobody is told."""


class ToGitHub:
    """Commit statuses and Deployments.

    Args:
        here: the job, with a token.
        place: the model and the environment.
        console: where a failure is told; once for each kind, and then no more is tried.
    """

    def __init__(self, here: Here, place: Place, console: Console, patience: Patience | None = None) -> None:
        client = here.client(patience=patience or Patience(PATIENCE), timeout=_ANSWER)
        self._here, self._place, self._console, self._client = here, place, console, client
        self._deployments = Deployments(client, place, here.run_url)
        self._given_up: set[str] = set()

    @contextmanager
    def training(self, record: Record) -> Iterator[None]:
        """See `Announcer`."""
        self._status(record, "pending", "training, then the gate")
        with self._error_of(record, "the training failed"):
            yield

    @contextmanager
    def judging(self, record: Record) -> Iterator[Callable[[Verdict], None]]:
        """See `Announcer`."""

        def judged(verdict: Verdict) -> None:
            self._status(record, _state(verdict), _in_words(verdict))

        with self._error_of(record, "the gate could not be asked"):
            yield judged

    @contextmanager
    def deploying(self, record: Record, release: str) -> Iterator[Callable[[Deployment], None]]:
        """See `Announcer`."""
        told = facts(record) | ({"image": record.image.reference} if record.image else {})
        self._tell("deployment", lambda: self._deployments.begin(release, record.source.commit, told))
        try:
            yield lambda deployment: self.serving(deployment, "serving")
        except BaseException as failure:
            state: DeploymentState = "failure" if isinstance(failure, DeploymentFailed) else "error"
            self._say(release, state, _why(failure))
            raise

    @contextmanager
    def checking(self, deployment: Deployment) -> Iterator[None]:
        """See `Announcer`."""
        try:
            yield
        except HeadgateError as failure:
            self._say(deployment.release, "failure", _why(failure))
            raise

    def serving(self, deployment: Deployment, how: str) -> None:
        """See `Announcer`."""
        self._say(deployment.release, "success", how, url=deployment.hosts[0].url)
        for previous in _previous(deployment):
            self._say(previous, "inactive", f"replaced by {deployment.release}")

    def put_back(self, deployment: Deployment, why: str) -> None:
        """See `Announcer`."""
        self._say(deployment.release, "failure", why)
        for previous in _previous(deployment):
            self._say(previous, "success", f"put back: {deployment.release} failed", url=deployment.hosts[0].url)

    @contextmanager
    def _error_of(self, record: Record, what: str) -> Iterator[None]:
        try:
            yield
        except BaseException as failure:
            self._status(record, "error", f"{what}: {_why(failure)}")
            raise

    def _status(self, record: Record, state: State, description: str) -> None:
        """On the pull request's head, where there is one: the merge commit that is checked out protects no branch."""
        commit = self._here.pull.head_sha if self._here.pull else record.source.commit
        model, url = self._place.model, self._here.run_url
        self._tell("status", lambda: set_status(self._client, commit, model, state, _shown(description), url))

    def _say(self, release: str, state: DeploymentState, description: str, *, url: str | None = None) -> None:
        self._tell("deployment", lambda: self._deployments.say(release, state, _shown(description), url=url))

    def _tell(self, kind: str, telling: Callable[[], None]) -> None:
        if kind in self._given_up:
            return
        try:
            telling()
        except Exception as trouble:  # whatever answers in GitHub's place must not fail a deployment
            self._given_up.add(kind)
            hint = f"\n{trouble.hint}" if isinstance(trouble, HeadgateError) and trouble.hint else ""
            self._console.warn(f"GitHub was not told: {_why(trouble)} Nothing else is affected.{hint}")


def announcer_for(here: Here | None, place: Place, console: Console) -> Announcer:
    """GitHub, where this job runs there and has been given a token that can write; else nobody."""
    if here is None or not here.token or (here.pull is not None and here.pull.restricted):
        return Silent()
    return ToGitHub(here, place, console)


def _state(verdict: Verdict) -> State:
    if verdict.verdict == "inconclusive":
        return "failure" if verdict.blocking else "success"
    states: dict[str, State] = {"pass": "success", "fail": "failure", "error": "error"}
    return states[verdict.verdict]


def _in_words(verdict: Verdict) -> str:
    """`PASS against Production v7`; of anything else the first reason too."""
    told = f"{verdict.verdict.upper()}, {against(verdict.baseline)}"
    return f"{told}: {verdict.reasons[0]}" if verdict.reasons else told


def _previous(deployment: Deployment) -> list[str]:
    """The releases that the hosts served before, each once."""
    served = dict.fromkeys(host.previous for host in deployment.hosts)
    return [release for release in served if release is not None and release != deployment.release]


def _shown(description: str) -> str:
    return visible(mask(description))


def _why(failure: BaseException) -> str:
    if isinstance(failure, HeadgateError):
        return failure.message
    return "interrupted." if isinstance(failure, KeyboardInterrupt) else f"{type(failure).__name__}."
