import io
import tarfile

import docker
import pytest
from docker.errors import ImageNotFound

from headgate.config.container import Resources
from headgate.config.health import Health
from headgate.deploy.journal import KEPT, Journal
from headgate.deploy.service import HOME, proxy_name
from headgate.hosts import Local
from support.deployment import Site, until
from support.load import Load


def test_a_first_release_serves_and_the_record_says_where(site: Site) -> None:
    release = site.release()

    deployment = site.deploy(release)

    host = deployment.hosts[0]
    assert site.serves() == release.id
    assert (host.release, host.image, host.previous) == (release.id, site.image, None)
    assert host.container == f"{site.model}-{release.id}"
    assert host.url == f"http://127.0.0.1:{site.port}"


def test_no_request_of_24_keep_alive_clients_fails_while_releases_come_and_go(site: Site) -> None:
    site.deploy()

    with Load(site.port) as load:
        later = [site.release(), site.release()]
        for release in later:
            site.deploy(release)
        site.go_back()

    assert load.failures == []
    assert set(load.answers) >= {release.id for release in later}


def test_a_request_under_way_is_finished_by_the_release_that_began_it(site: Site) -> None:
    site.health = Health()  # measuring a model this slow would take most of the test's time
    site.deploy(variables={"SECONDS_PER_PREDICTION": "1.5"})

    with Load(site.port, clients=6) as load:
        site.deploy(variables={"SECONDS_PER_PREDICTION": "0"})

    assert load.failures == []
    assert load.longest_gap < 4


def test_the_release_before_is_stopped_and_kept(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)

    deployment = site.deploy(second)

    assert deployment.hosts[0].previous == first.id
    assert site.containers() == {first.container: "exited", second.container: "running"}


def test_of_the_stopped_releases_only_the_newest_stay(site: Site) -> None:
    releases = [site.release() for _ in range(4)]
    for release in releases:
        site.deploy(release, retain=1)

    assert set(site.containers()) == {releases[3].container, releases[2].container}


def test_environment_and_secrets_reach_the_container_and_nothing_else(site: Site) -> None:
    secret = "line one\nline 'two' $(id)"
    release = site.release()

    site.deploy(release, variables={"API_KEY": secret, "LOG_LEVEL": "info"})

    container = site.docker.containers.get(release.container)
    environment = dict(one.split("=", 1) for one in container.attrs["Config"]["Env"])
    assert (environment["API_KEY"], environment["LOG_LEVEL"]) == (secret, "info")
    assert (environment["HEADGATE_RELEASE"], environment["HEADGATE_MODEL"]) == (release.id, site.model)
    assert not any("line one" in value for value in container.labels.values())
    assert b"line one" not in _all_files(site.proxy, "/var/lib/headgate")
    assert "line one" not in site.talk.getvalue()


def test_only_the_proxy_publishes_a_port_and_containers_are_confined(site: Site) -> None:
    release = site.release()

    site.deploy(release, resources=Resources.model_validate({"memory": "256m", "cpus": 0.5}))

    host = site.docker.containers.get(release.container).attrs["HostConfig"]
    assert not host["PortBindings"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["CapDrop"] == ["ALL"]
    assert (host["Memory"], host["NanoCpus"]) == (256 * 1024**2, 500_000_000)
    assert host["LogConfig"]["Config"]["max-size"] == "10m"
    assert host["RestartPolicy"]["Name"] == "always"


def test_a_release_asked_for_by_header_answers_alone_or_not_at_all(site: Site) -> None:
    release = site.release()
    site.deploy(release)

    assert site.serves({"X-Headgate-Release": release.id}) == release.id
    assert site.serves({"X-Headgate-Release": "20200101000000-0000000"}) is None


def test_the_same_release_with_other_settings_gets_a_container_of_its_own(site: Site) -> None:
    release = site.release()
    site.deploy(release)

    again = site.deploy(release, variables={"LOG_LEVEL": "debug"})

    assert again.hosts[0].container == f"{release.container}-2"
    assert site.running() == [f"{release.container}-2"]


def test_an_image_is_pulled_by_digest_and_keeps_a_name(site: Site, pushed: str) -> None:
    release = site.release(pushed)

    site.deploy(release)

    assert site.serves() == release.id
    container = site.docker.containers.get(release.container)
    assert container.attrs["Config"]["Image"] == pushed
    assert f"{pushed.partition('@')[0]}:{release.id}" in container.image.tags


def test_an_image_that_nothing_can_go_back_to_is_removed_again(site: Site, pushed: str) -> None:
    site.deploy(site.release(pushed), retain=1)
    site.deploy(retain=1)
    assert site.docker.images.get(pushed)

    site.deploy(retain=1)

    with pytest.raises(ImageNotFound):
        site.docker.images.get(pushed)


def test_an_image_that_a_killed_deployment_pulled_and_did_not_name_is_removed(
    site: Site, pushed: str, another_pushed: str
) -> None:
    repository, _, digest = another_pushed.partition("@")
    site.docker.images.pull(repository, tag=digest)

    site.deploy(site.release(pushed))

    assert site.docker.images.get(pushed)
    with pytest.raises(ImageNotFound):
        site.docker.images.get(another_pushed)


def test_an_image_that_somebody_has_named_is_not_ours_to_remove(site: Site, pushed: str) -> None:
    site.deploy(site.release(pushed), retain=0)
    site.docker.images.get(pushed).tag(f"{site.model}-favourite", "1")

    site.deploy(retain=0)

    assert site.docker.images.get(pushed)


def test_the_journal_keeps_the_newest_entries_of_every_model(site: Site) -> None:
    first = site.release()
    site.deploy(first)
    entry = site.status().journal[0]
    engine = Local().engine
    other = entry.model_copy(update={"model": "other"})
    texts = [one.model_dump_json(by_alias=True).encode() for one in [other, *[entry] * KEPT]]
    engine.write(
        proxy_name(site.port), HOME, {f"journal/{number:08}.json": text for number, text in enumerate(texts, start=2)}
    )

    last = site.release()
    site.deploy(last)

    journal = Journal(engine, site.port)
    kept = journal.read(site.model)
    assert (len(kept), kept[-1].release) == (KEPT, last.id)
    assert journal.read("other") == [other]
    assert len(engine.read(proxy_name(site.port), f"{HOME}/journal")) == KEPT + 1
    engine.close()


def test_recreate_never_has_two_releases_in_memory(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    running: list[list[str]] = []
    ask = site.prober

    def watching(release, step):
        asked = ask(release, step)
        return lambda *arguments: (running.append(site.running()), asked(*arguments))

    monkeypatch.setattr(site, "prober", watching)

    site.deploy(second, strategy="recreate")

    assert running == [[second.container]]
    assert site.serves() == second.id


def test_two_models_share_a_port_by_domain(site: Site) -> None:
    other = Site(site.image, model=f"{site.model}-b", port=site.port)
    one, two = site.release(), other.release()

    site.deploy(one, domain="one.example.com")
    other.deploy(two, domain="two.example.com")

    assert site.serves({"Host": "one.example.com"}) == one.id
    assert site.serves({"Host": f"TWO.example.com:{site.port}"}) == two.id
    assert site.serves({"Host": "three.example.com"}) is None
    other.docker.close()


def test_proxy_and_release_find_each_other_in_whatever_order_they_start(site: Site) -> None:
    release = site.release()
    site.deploy(release)
    container = site.docker.containers.get(release.container)
    container.kill()
    site.proxy.kill()

    site.proxy.start()
    assert site.serves() is None
    container.start()

    until(lambda: site.serves() == release.id, seconds=10)


def test_a_proxy_removed_by_hand_comes_back_with_the_next_deployment(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    site.proxy.remove(force=True)

    deployment = site.deploy(second)

    assert deployment.hosts[0].previous == first.id
    assert [entry.release for entry in site.status().journal] == [first.id, second.id]


def test_status_tells_what_serves_and_what_is_kept(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    site.deploy(second)

    status = site.status()

    assert status.serving is not None
    assert (status.serving.release, status.serving.state) == (second.id, "running")
    assert status.serving.uptime is not None
    assert [one.release for one in status.instances] == [second.id, first.id]
    assert (status.proxy.state, status.proxy.damage, status.lock) == ("running", None, None)


def test_status_of_a_host_without_anything_changes_nothing(site: Site) -> None:
    status = site.status()

    assert (status.proxy.state, status.serving, status.journal) == ("missing", None, ())
    assert site.everything() == []


def _all_files(container: docker.models.containers.Container, path: str) -> bytes:
    chunks, _ = container.get_archive(path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        return b"".join(archive.extractfile(one).read() for one in archive if one.isreg())


def test_everything_of_a_port_is_found_by_its_label(site: Site) -> None:
    release = site.release()
    site.deploy(release)

    assert site.everything() == sorted([proxy_name(site.port), release.container])
