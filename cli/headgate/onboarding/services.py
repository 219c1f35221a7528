"""Applications that serve, and Dockerfiles: found by reading Python's own syntax tree, never by importing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from headgate.onboarding.findings import Container, Framework, Service
from headgate.onboarding.walking import files_below

_LARGEST = 200_000  # bytes of a source file worth reading
_CLASSES: dict[str, Framework] = {"FastAPI": "fastapi", "Flask": "flask"}
_HEALTH = re.compile(r"/(v\d/)?(health|healthz|healthcheck|health_check|ping|ready|readyz|live|livez|status|up)/?$")
_TRACKING = re.compile(r"""set_tracking_uri\(\s*(?:uri\s*=\s*)?["'](https?://[^"'{}\s]+)["']""")
_PORT = re.compile(r"^\s*EXPOSE\s+(\d+)|--(?:server\.)?port[=\s\",]+(\d+)|:(\d{2,5})[\"'\s]", re.MULTILINE)


def read_services(project: Path) -> tuple[Service, ...]:
    """The applications, FastAPI first, those with few folders before others."""
    found = [service for path, text in _sources(project) for service in _services(project, path, text)]
    order: tuple[Framework, ...] = ("fastapi", "flask", "streamlit", "gradio")
    return tuple(sorted(found, key=lambda one: (order.index(one.framework), one.path.count("/"), one.path)))


def tracking_server(project: Path) -> str | None:
    """The MLflow server that the code names in so many words; None where none does."""
    found = (_TRACKING.search(text) for _, text in _sources(project))
    return next((match[1] for match in found if match), None)


def read_containers(project: Path) -> tuple[Container, ...]:
    """The Dockerfiles, the likeliest first: at the top, and named for serving rather than training."""
    paths = [*files_below(project, ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "Containerfile"))]
    shown = [path.relative_to(project).as_posix() for path in paths if not path.name.endswith(".dockerignore")]
    shown.sort(key=lambda path: (bool(re.search(r"train|dev|test|notebook", path, re.I)), path.count("/"), path))
    return tuple(Container(path, _port(project / path)) for path in shown)


def _port(dockerfile: Path) -> int | None:
    found = _PORT.search(dockerfile.read_text(encoding="utf-8", errors="replace"))
    number = int(next(group for group in found.groups() if group)) if found else 0
    return number if 0 < number < 65536 else None


def _sources(project: Path) -> Iterator[tuple[Path, str]]:
    for path in files_below(project, ("*.py",)):
        if path.stat().st_size <= _LARGEST and not path.name.startswith("test_"):
            yield path, path.read_text(encoding="utf-8", errors="replace")


def _services(project: Path, path: Path, text: str) -> Iterator[Service]:
    if not re.search(r"FastAPI\(|Flask\(|streamlit|gradio", text):
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    shown = path.relative_to(project).as_posix()
    for node in ast.walk(tree):
        framework, variable = _application(node)
        if framework:
            yield Service(framework, shown, variable, _health(tree), instrumented="instrument(" in text)
    imported = {name for node in ast.walk(tree) for name in _imports(node)}
    if "streamlit" in imported:
        yield Service("streamlit", shown, health="/_stcore/health")
    elif "gradio" in imported:
        yield Service("gradio", shown, health="/")


def _application(node: ast.AST) -> tuple[Framework | None, str]:
    """The framework whose application an assignment makes, and the variable's name."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
        called = node.value.func
        name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
        return _CLASSES.get(name), node.targets[0].id
    return None, ""


def _health(tree: ast.AST) -> str | None:
    """A route that a probe can ask: one that is named for it, else the front page."""
    routes = [route for node in ast.walk(tree) for route in _routes(node)]
    named = next((route for route in routes if _HEALTH.match(route)), None)
    return named or ("/" if "/" in routes else None)


def _routes(node: ast.AST) -> Iterator[str]:
    """The paths that a function answers to GET, from its decorators."""
    for decorator in getattr(node, "decorator_list", ()):
        if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.args):
            continue
        path, verb = decorator.args[0], decorator.func.attr
        if verb not in ("get", "route") or not (isinstance(path, ast.Constant) and isinstance(path.value, str)):
            continue
        methods = next((word.value for word in decorator.keywords if word.arg == "methods"), None)
        if methods is None or "GET" in ast.dump(methods):
            yield path.value


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (name.name.partition(".")[0] for name in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module.partition(".")[0]
