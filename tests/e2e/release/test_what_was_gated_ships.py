"""The model in the image is the one that was gated, of the commit at hand; anything else is refused."""

from support.deployment import Site

from .conftest import Production


def images(site: Site) -> set[str]:
    return {tag for image in site.docker.images.list() for tag in image.tags if site.model in tag}


def test_a_model_changed_after_the_gate_is_neither_registered_nor_built(production: Production) -> None:
    before = images(production.site)
    (production.project.folder / "models/model.json").write_text('{"quality": 1.0, "serving": "well"}')
    registered, built = production.project.headgate("register"), production.project.headgate("build")

    assert (registered.exit_code, built.exit_code) == (3, 3)
    assert "headgate: the model is not the one that was gated\n" in registered.stderr
    assert "headgate: the model changed after the gate\n" in built.stderr
    assert "models/model.json is not the model that was gated" in built.stderr
    assert images(production.site) == before


def test_an_image_of_another_commit_is_not_deployed(production: Production) -> None:
    commit = production.project.commit("Words")
    outcome = production.project.headgate("deploy")

    assert outcome.exit_code == 3
    assert f"holds no 'image' for commit {commit[:7]}" in outcome.stderr
    assert "try: headgate build" in outcome.stderr
    production.is_as_before()


def test_a_model_that_the_dockerfile_changes_leaves_no_image(production: Production) -> None:
    before = images(production.site)
    dockerfile = production.project.folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text() + "RUN echo >> models/model.json\n")
    outcome = production.project.headgate("build")

    assert outcome.exit_code == 3
    assert "was gated" in outcome.stderr
    assert images(production.site) == before


def test_ctrl_c_while_it_builds_leaves_no_image_and_the_next_build_works(production: Production) -> None:
    before, record = images(production.site), production.project.record
    dockerfile = production.project.folder / "Dockerfile"
    kept = dockerfile.read_text()
    dockerfile.write_text(f"{kept}RUN sleep 90\n")
    running = production.project.start("build", "-v")
    assert running.stderr is not None
    assert any("RUN sleep 90" in line for line in running.stderr)
    outcome = production.project.interrupt(running)

    assert outcome.exit_code == 130
    assert images(production.site) == before
    assert production.project.record == record
    dockerfile.write_text(kept)
    assert production.project.headgate("build").exit_code == 0


def test_an_image_that_is_not_named_for_good_is_a_usage_error(production: Production) -> None:
    outcome = production.project.headgate("deploy", "--image", f"{production.site.model}:latest")

    assert outcome.exit_code == 2
    assert "a tag can move" in outcome.stderr
    assert "repository@sha256:" in outcome.stderr
