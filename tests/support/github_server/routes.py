"""What each address does: a function of the state, the words in the address, and what was sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from support.github_server.state import GitHub, Json, Repository, Token, moment

LONGEST_BODY = 65_536
PRODUCTION = "production"


@dataclass
class Answer:
    """A status, and what comes with it."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """One request, its words understood."""

    github: GitHub
    repository: Repository
    token: Token
    words: Mapping[str, str]
    query: Mapping[str, str]
    body: Json

    @property
    def number(self) -> int:
        """The number of the issue, pull request, comment or deployment in the address."""
        return int(self.words["number"])


Handler = Callable[[Asked], Answer]


@dataclass(frozen=True)
class Route:
    """Requests of one kind: who may make them, and who answers. Any one of `needs` is enough."""

    method: str
    pattern: re.Pattern[str]
    needs: tuple[tuple[str, str], ...]
    handler: Handler


ROUTES: list[Route] = []


def route(method: str, path: str, *needs: str) -> Callable[[Handler], Handler]:
    """Register a handler: `path` below the repository, `needs` such as `issues=write`, any one of them."""
    pattern = re.compile(r"/repos/(?P<repository>[^/]+/[^/]+)" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
    wanted = tuple((name, level) for name, _, level in (need.partition("=") for need in needs))

    def registered(handler: Handler) -> Handler:
        ROUTES.append(Route(method, pattern, wanted, handler))
        return handler

    return registered


def missing() -> Answer:
    """What GitHub says of what is not there, and of what a token may not see."""
    return Answer(404, {"message": "Not Found", "status": "404"})


def invalid(field_: str, why: str) -> Answer:
    """What GitHub says of values it does not take."""
    errors = [{"resource": "Any", "field": field_, "code": "custom", "message": why}]
    return Answer(422, {"message": "Validation Failed", "errors": errors, "status": "422"})


def page(asked: Asked, items: list[Any]) -> Answer:
    """One page of `items`, and the address of the next in a Link header."""
    size = min(100, int(asked.query.get("per_page", 30)))
    number = int(asked.query.get("page", 1))
    last = max(1, -(-len(items) // size))
    rest = {name: value for name, value in asked.query.items() if name != "page"}
    links = [f'<{{self}}?{_query({**rest, "page": str(to)})}>; rel="{rel}"' for rel, to in _around(number, last)]
    headers = {"Link": ", ".join(links)} if links else {}
    return Answer(200, items[(number - 1) * size : number * size], headers)


def _around(number: int, last: int) -> list[tuple[str, int]]:
    before = [("prev", number - 1), ("first", 1)] if number > 1 else []
    return before + ([("next", number + 1), ("last", last)] if number < last else [])


def _query(values: Mapping[str, str]) -> str:
    from urllib.parse import urlencode

    return urlencode(values)


@route("GET", "", "metadata=read")
def show_repository(asked: Asked) -> Answer:
    repository = asked.repository
    return Answer(
        200,
        {
            "full_name": repository.full_name,
            "default_branch": repository.default_branch,
            "private": repository.private,
            "permissions": {"push": asked.token.may("contents", "write"), "pull": True},
        },
    )


# issues and comments


@route("GET", "/issues", "issues=read")
def list_issues(asked: Asked) -> Answer:
    state, labels = asked.query.get("state", "open"), set(filter(None, asked.query.get("labels", "").split(",")))
    creator = asked.query.get("creator")
    found = [
        issue
        for issue in reversed(asked.repository.issues.values())
        if state in ("all", issue["state"])
        and labels <= {label["name"] for label in issue["labels"]}
        and creator in (None, issue["user"]["login"])
    ]
    return page(asked, found)


@route("POST", "/issues", "issues=write")
def open_issue(asked: Asked) -> Answer:
    if not asked.body.get("title"):
        return invalid("title", "title is missing")
    if len(asked.body.get("body") or "") > LONGEST_BODY:
        return invalid("body", f"body is too long (maximum is {LONGEST_BODY} characters)")
    number = 1 + max([0, *asked.repository.issues, *asked.repository.pulls])
    issue: Json = {
        "number": number,
        "id": asked.github.next_id(),
        "state": "open",
        "title": asked.body["title"],
        "body": asked.body.get("body"),
        "labels": [{"name": name} for name in asked.body.get("labels", [])],
        "user": {"login": asked.token.login},
        "created_at": moment(),
        "updated_at": moment(),
    }
    asked.repository.issues[number] = issue
    return Answer(201, issue)


@route("GET", "/issues/{number}", "issues=read")
def show_issue(asked: Asked) -> Answer:
    issue = asked.repository.issues.get(asked.number)
    return Answer(200, issue) if issue else missing()


@route("PATCH", "/issues/{number}", "issues=write")
def change_issue(asked: Asked) -> Answer:
    issue = asked.repository.issues.get(asked.number)
    if issue is None:
        return missing()
    changed = {name: asked.body[name] for name in ("title", "body", "state") if name in asked.body}
    if "labels" in asked.body:
        changed["labels"] = [{"name": name} for name in asked.body["labels"]]
    issue.update(changed, updated_at=moment())
    return Answer(200, issue)


@route("POST", "/issues/{number}/labels", "issues=write", "pull-requests=write")
def add_labels(asked: Asked) -> Answer:
    thing = asked.repository.issues.get(asked.number) or asked.repository.pulls.get(asked.number)
    if thing is None:
        return missing()
    names = {label["name"] for label in thing["labels"]}
    thing["labels"] += [{"name": name} for name in asked.body.get("labels", []) if name not in names]
    return Answer(200, thing["labels"])


def _conversation(asked: Asked) -> bool:
    return asked.number in asked.repository.issues or asked.number in asked.repository.pulls


@route("GET", "/issues/{number}/comments", "issues=read", "pull-requests=read")
def list_comments(asked: Asked) -> Answer:
    return page(asked, asked.repository.comments.get(asked.number, [])) if _conversation(asked) else missing()


@route("POST", "/issues/{number}/comments", "issues=write", "pull-requests=write")
def add_comment(asked: Asked) -> Answer:
    if not _conversation(asked):
        return missing()
    if refused := _body_refused(asked):
        return refused
    name = asked.repository.full_name
    return Answer(201, asked.github.comment(name, asked.number, asked.body["body"], author=asked.token.login))


@route("PATCH", "/issues/comments/{number}", "issues=write", "pull-requests=write")
def change_comment(asked: Asked) -> Answer:
    for comment in asked.repository.every_comment():
        if comment["id"] == asked.number:
            if refused := _body_refused(asked):
                return refused
            comment.update(body=asked.body["body"], updated_at=moment())
            return Answer(200, comment)
    return missing()


@route("GET", "/issues/comments/{number}", "issues=read", "pull-requests=read")
def show_comment(asked: Asked) -> Answer:
    found = [comment for comment in asked.repository.every_comment() if comment["id"] == asked.number]
    return Answer(200, found[0]) if found else missing()


@route("DELETE", "/issues/comments/{number}", "issues=write", "pull-requests=write")
def delete_comment(asked: Asked) -> Answer:
    for comments in asked.repository.comments.values():
        for comment in comments:
            if comment["id"] == asked.number:
                comments.remove(comment)
                return Answer(204)
    return missing()


def _body_refused(asked: Asked) -> Answer | None:
    body = asked.body.get("body")
    if not isinstance(body, str) or not body.strip():
        return invalid("body", "body can't be blank")
    if len(body) > LONGEST_BODY:
        return invalid("body", f"body is too long (maximum is {LONGEST_BODY} characters)")
    return None


# pull requests


@route("GET", "/pulls", "pull-requests=read")
def list_pulls(asked: Asked) -> Answer:
    state, head, base = asked.query.get("state", "open"), asked.query.get("head"), asked.query.get("base")
    found = [
        pull
        for pull in reversed(asked.repository.pulls.values())
        if state in ("all", pull["state"])
        and head in (None, pull["head"]["label"])
        and base in (None, pull["base"]["ref"])
    ]
    return page(asked, found)


@route("GET", "/pulls/{number}", "pull-requests=read")
def show_pull(asked: Asked) -> Answer:
    pull = asked.repository.pulls.get(asked.number)
    return Answer(200, pull) if pull else missing()


@route("GET", "/commits/{sha}/pulls", "pull-requests=read")
def pulls_of_commit(asked: Asked) -> Answer:
    """As with GitHub, of a fork's commit that is in no branch of this repository there is nothing."""
    name = asked.repository.full_name
    found = [
        pull
        for pull in asked.repository.pulls.values()
        if pull["head"]["sha"] == asked.words["sha"] and pull["head"]["repo"]["full_name"] == name
    ]
    return page(asked, found)


# statuses and checks


@route("POST", "/statuses/{sha}", "statuses=write")
def add_status(asked: Asked) -> Answer:
    state, description = asked.body.get("state"), asked.body.get("description") or ""
    if state not in ("error", "failure", "pending", "success"):
        return invalid("state", "state is not included in the list")
    if len(description) > 140:
        return invalid("description", "description is too long (maximum is 140 characters)")
    status = {
        "id": asked.github.next_id(),
        "state": state,
        "description": description,
        "target_url": asked.body.get("target_url"),
        "context": asked.body.get("context", "default"),
        "creator": {"login": asked.token.login},
        "created_at": moment(),
    }
    asked.repository.statuses.setdefault(asked.words["sha"], []).append(status)
    return Answer(201, status)


@route("GET", "/commits/{sha}/statuses", "statuses=read")
def list_statuses(asked: Asked) -> Answer:
    return page(asked, list(reversed(asked.repository.statuses.get(asked.words["sha"], []))))


@route("GET", "/commits/{sha}/status", "statuses=read")
def combined_status(asked: Asked) -> Answer:
    latest = {status["context"]: status for status in asked.repository.statuses.get(asked.words["sha"], [])}
    states = {status["state"] for status in latest.values()}
    state = "failure" if states & {"error", "failure"} else "success" if states == {"success"} else "pending"
    return Answer(200, {"state": state, "statuses": list(latest.values()), "total_count": len(latest)})


@route("POST", "/check-runs", "checks=write")
def add_check_run(asked: Asked) -> Answer:
    run = {"id": asked.github.next_id(), "status": "queued", "conclusion": None, **asked.body}
    asked.repository.check_runs.append(run)
    return Answer(201, run)


@route("PATCH", "/check-runs/{number}", "checks=write")
def change_check_run(asked: Asked) -> Answer:
    for run in asked.repository.check_runs:
        if run["id"] == asked.number:
            run.update(asked.body)
            return Answer(200, run)
    return missing()


@route("GET", "/commits/{sha}/check-runs", "checks=read")
def list_check_runs(asked: Asked) -> Answer:
    found = [run for run in asked.repository.check_runs if run.get("head_sha") == asked.words["sha"]]
    return Answer(200, {"total_count": len(found), "check_runs": found})


# deployments


@route("GET", "/deployments", "deployments=read")
def list_deployments(asked: Asked) -> Answer:
    wanted = {name: asked.query[name] for name in ("environment", "sha", "ref", "task") if name in asked.query}
    found = [
        deployment
        for deployment in reversed(asked.repository.deployments)
        if all(deployment[name] == value for name, value in wanted.items())
    ]
    return page(asked, found)


@route("POST", "/deployments", "deployments=write")
def add_deployment(asked: Asked) -> Answer:
    ref = asked.body.get("ref")
    if not ref:
        return invalid("ref", "ref is missing")
    contexts = asked.body.get("required_contexts")
    if contexts != [] and _unsettled(asked.repository, ref, contexts):
        return Answer(409, {"message": "Conflict: Commit status checks failed for this ref.", "status": "409"})
    environment = asked.body.get("environment", PRODUCTION)
    deployment = {
        "id": asked.github.next_id(),
        "sha": ref,
        "ref": ref,
        "task": asked.body.get("task", "deploy"),
        "payload": asked.body.get("payload", {}),
        "environment": environment,
        "description": asked.body.get("description"),
        "production_environment": asked.body.get("production_environment", environment == PRODUCTION),
        "transient_environment": asked.body.get("transient_environment", False),
        "creator": {"login": asked.token.login},
        "created_at": moment(),
    }
    asked.repository.deployments.append(deployment)
    return Answer(201, deployment)


def _unsettled(repository: Repository, ref: str, contexts: list[str] | None) -> bool:
    latest = {status["context"]: status["state"] for status in repository.statuses.get(ref, [])}
    return any(latest.get(name) != "success" for name in (latest if contexts is None else contexts))


@route("GET", "/deployments/{number}/statuses", "deployments=read")
def list_deployment_statuses(asked: Asked) -> Answer:
    if all(deployment["id"] != asked.number for deployment in asked.repository.deployments):
        return missing()
    return page(asked, list(reversed(asked.repository.deployment_statuses.get(asked.number, []))))


@route("POST", "/deployments/{number}/statuses", "deployments=write")
def add_deployment_status(asked: Asked) -> Answer:
    states = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
    if asked.body.get("state") not in states:
        return invalid("state", "state is not included in the list")
    every = {deployment["id"]: deployment for deployment in asked.repository.deployments}
    if asked.number not in every:
        return missing()
    status = _deployment_status(asked, every[asked.number], asked.body)
    if status["state"] == "success" and asked.body.get("auto_inactive", True):
        for other in every.values():
            _retire(asked, other, than=every[asked.number])
    return Answer(201, status)


def _deployment_status(asked: Asked, deployment: Json, body: Json) -> Json:
    status = {
        "id": asked.github.next_id(),
        "state": body["state"],
        "description": body.get("description", ""),
        "environment": body.get("environment", deployment["environment"]),
        "environment_url": body.get("environment_url", ""),
        "log_url": body.get("log_url", ""),
        "creator": {"login": asked.token.login},
        "created_at": moment(),
    }
    asked.repository.deployment_statuses.setdefault(deployment["id"], []).append(status)
    return status


def _retire(asked: Asked, older: Json, *, than: Json) -> None:
    """What GitHub does by itself: earlier deployments, neither transient nor of production, become inactive."""
    statuses = asked.repository.deployment_statuses.get(older["id"], [])
    if (
        older["id"] < than["id"]
        and older["environment"] == than["environment"]
        and not older["transient_environment"]
        and not older["production_environment"]
        and statuses
        and statuses[-1]["state"] == "success"
    ):
        _deployment_status(asked, older, {"state": "inactive"})


# workflows


@route("POST", "/dispatches", "contents=write")
def dispatch_repository(asked: Asked) -> Answer:
    if not asked.body.get("event_type"):
        return invalid("event_type", "event_type is missing")
    asked.repository.dispatches.append({"kind": "repository_dispatch", **asked.body})
    return Answer(204)


@route("POST", "/actions/workflows/{workflow}/dispatches", "actions=write")
def dispatch_workflow(asked: Asked) -> Answer:
    if not asked.body.get("ref"):
        return invalid("ref", "ref is missing")
    asked.repository.dispatches.append({"kind": "workflow_dispatch", "workflow": asked.words["workflow"], **asked.body})
    return Answer(204)
