"""A repository with a release in production and a better one ready to go, shared; each test works in a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from support.deployment import REGISTRY, Site
from support.project import Project

FIRST, BETTER, WORSE = 0.8, 0.85, 0.6  # shares of the rows that the models get right


@dataclass(frozen=True)
class Production:
    """The repository, the port it is served on, and the release that serves there: `first` is Production v1."""

    project: Project
    site: Site
    first: str = ""

    def deployed_with(self, serving: str, *, timeout: str = "20s") -> None:
        """Have the next deployment start an application that misbehaves; see `support.project.SERVE`."""
        config = self.project.config
        self.project.configure(
            deploy={**config["deploy"], "env": {"SERVING": serving}}, health={**config["health"], "timeout": timeout}
        )

    @property
    def alias(self) -> str:
        """What `headgate status` says of Production."""
        outcome = self.project.headgate("status", "--format", "json")
        assert outcome.exit_code == 0, outcome.stderr
        production = outcome.json["production"]
        return f"{production['alias']}: v{production['version']}"

    def is_as_before(self) -> None:
        """Promise 4: production is never worse off."""
        assert self.site.serves() == self.first
        assert len(self.site.running()) == 1
        assert self.site.lock not in self.site.everything()
        assert self.alias == "production: v1"


@pytest.fixture(scope="session")
def _repository(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.make(tmp_path_factory.mktemp("repository") / "team" / "animals", rows=1000)


@contextmanager
def opened(repository: Project, folder: Path) -> Iterator[tuple[Project, Site]]:
    """A copy under a name and a port of its own, which are cleared at the end."""
    site = Site(image="")
    try:
        yield repository.copy(folder / "team", model=site.model, port=site.port), site
    finally:
        site.clean()


@pytest.fixture
def fresh(_repository: Project, tmp_path: Path) -> Iterator[Production]:
    """Nothing is trained, nothing is deployed."""
    with opened(_repository, tmp_path) as (project, site):
        yield Production(project, site)


@pytest.fixture(scope="module")
def fresh_for_module(_repository: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """The same for all tests of a module."""
    with opened(_repository, tmp_path_factory.mktemp("fresh")) as (project, site):
        yield Production(project, site)


@pytest.fixture(scope="session")
def _ready(_repository: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    with opened(_repository, tmp_path_factory.mktemp("ready")) as (project, site):
        project.configure(image={"repository": f"{REGISTRY}/{site.model}"})
        project.params(quality=FIRST)
        project.commit("The first model")
        released = project.headgate("release")
        assert released.exit_code == 0, released.stderr
        project.params(quality=BETTER)
        project.commit("A better model")
        built = project.headgate("release", "--until", "build")
        assert built.exit_code == 0, built.stderr
        yield Production(project, site, site.serves() or "")


@pytest.fixture
def production(_ready: Production, tmp_path: Path) -> Iterator[Production]:
    """v1 is Production and serves; v2, the better one, is built. Git, DVC, registry and record are the test's own."""
    yield Production(_ready.project.copy(tmp_path / "team"), _ready.site, _ready.first)
    if _ready.site.serves() != _ready.first:
        back = _ready.project.headgate("rollback", "--to", _ready.first)
        assert back.exit_code == 0, back.stderr
