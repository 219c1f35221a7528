from datetime import datetime, timezone

from headgate.deploy.journal import Entry, arrivals, entry_of, release_before, serving


def entry(release: str, previous: str | None = None, result: str = "deployed", serves: str | None = "") -> Entry:
    return Entry(
        result=result,
        at=datetime(2026, 11, 21, tzinfo=timezone.utc),
        environment="production",
        model="sentiment",
        release=release,
        image="acme/sentiment@sha256:" + "0" * 64,
        pushed=True,
        previous=previous,
        serves=f"sentiment-{release}" if serves == "" else serves,
        actor="octocat",
    )


def test_the_last_entry_says_what_serves() -> None:
    failed = entry("c", "b", "failed", serves="sentiment-b")

    assert serving([entry("a"), entry("b", "a"), failed]) == "sentiment-b"
    assert serving([]) is None


def test_the_release_before_is_the_one_it_replaced() -> None:
    entries = [entry("a"), entry("b", "a"), entry("c", "b")]

    assert release_before(entries, "c") == entries[1]
    assert release_before(entries, "a") is None


def test_a_release_left_by_a_rollback_is_not_returned_to() -> None:
    entries = [entry("a"), entry("b", "a"), entry("c", "b"), entry("b", "c", "rolled back")]

    found = release_before(entries, "b")

    assert found is not None
    assert found.release == "a"


def test_a_release_deployed_again_with_other_settings_is_not_before_itself() -> None:
    entries = [entry("a"), entry("b", "a"), entry("b", "b")]

    found = release_before(entries, "b")

    assert found is not None
    assert found.release == "a"


def test_a_release_that_failed_is_nothing_to_go_to() -> None:
    assert entry_of([entry("a"), entry("b", "a", "failed", serves="sentiment-a")], "b") is None


def test_an_entry_of_a_later_version_is_read_past_what_it_adds() -> None:
    text = entry("a").model_dump_json(by_alias=True).replace('"actor"', '"weather":"fine","actor"')

    assert Entry.model_validate_json(text) == entry("a")


def test_what_a_failure_took_back_did_not_arrive() -> None:
    first, second = entry("a"), entry("b", "a")
    back = entry("b", "a", "failed", serves="sentiment-a")
    never = entry("c", "a", "failed", serves="sentiment-a")

    assert arrivals([first, second, back, never]) == [first]
    assert arrivals([first, entry("a", "a", "failed", serves="sentiment-a")]) == [first]
    assert arrivals([first, second, entry("a", "b", "rolled back")])[-1].result == "rolled back"
