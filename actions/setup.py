"""Set headgate up on a runner: an environment of its own under $RUNNER_TEMP, and nothing but `headgate` on PATH.

    setup.py look      what is there already, as step outputs: ready, empty, path, key, restore-keys
    setup.py install   what is missing, then `headgate` on PATH
    setup.py run       the command line in HEADGATE_SETUP_COMMAND, which never meets a shell

The verb is in HEADGATE_SETUP_VERB, further extras are in HEADGATE_SETUP_EXTRAS. Runs on any Python from 3.10 on, and
imports the standard library alone: headgate is not there yet.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

HOME = Path(__file__).resolve().parent.parent
NEEDS = {"gate": "gate", "release": "gate", "monitor": "monitor"}  # verb: the extra that it cannot do without
USES_DVC = {"pull", "train", "gate", "register", "promote", "rollback", "release", "monitor", "verify"}


class SetupFailed(Exception):
    """What went wrong, and what to do next."""


@dataclass(frozen=True)
class Wanted:
    """What has to be installed: requirement files by name, each with its digest, and headgate's own source."""

    requirements: Mapping[str, str]
    source: str

    @classmethod
    def by(cls, verb: str, extras: Sequence[str], *, home: Path = HOME, has_dvc: bool, dvc_project: bool) -> Wanted:
        """What `verb` needs besides the `extras` that were asked for.

        Raises:
            SetupFailed: there is no such extra.
        """
        names = dict.fromkeys([*([NEEDS[verb]] if verb in NEEDS else []), *extras])
        if verb in USES_DVC and dvc_project and not has_dvc:
            names["dvc"] = None
        files = {name: home / "requirements" / f"{name}.txt" for name in names or ("base",)}
        for name, file in files.items():
            if not re.fullmatch(r"[a-z]+", name) or not file.is_file():
                raise SetupFailed(f"There is no extra named {name!r}. try: extras: dvc, gate, mlflow, monitor or wandb")
        return cls({name: _digest(file.read_bytes()) for name, file in files.items()}, source_digest(home))


@dataclass(frozen=True)
class Place:
    """Where headgate is kept on this runner, and what is in it by now."""

    root: Path
    stamp: dict[str, object] = field(default_factory=dict)

    @classmethod
    def on(cls, temp: Path) -> Place:
        """The place under the runner's `temp`; whatever cannot be read there counts as nothing."""
        root = temp / "headgate"
        try:
            return cls(root, dict(json.loads((root / "installed.json").read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError):
            return cls(root)

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.root / "env" / "bin" / "python"

    @property
    def installed(self) -> dict[str, str]:
        """The requirement files that were installed, each with its digest."""
        found = self.stamp.get("requirements")
        return dict(found) if isinstance(found, dict) else {}

    def missing(self, wanted: Wanted) -> list[str]:
        """The requirement files still to be installed; every extra's file has all of base.txt in it."""
        return [
            name
            for name, digest in wanted.requirements.items()
            if self.installed.get(name) != digest and not (name == "base" and self.installed)
        ]

    def ready(self, wanted: Wanted) -> bool:
        """Whether nothing is left to do."""
        return not self.missing(wanted) and self.stamp.get("source") == wanted.source and self.usable()

    def contradicts(self, wanted: Wanted) -> bool:
        """Whether something in it is of other requirements than those that are wanted."""
        return any(self.installed.get(name, digest) != digest for name, digest in wanted.requirements.items())

    def usable(self) -> bool:
        """Whether the environment belongs to this interpreter: one from a cache may be of another machine."""
        return self.stamp.get("interpreter") == interpreter() and self.python.exists()


def main(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Do what `argv` asks for; 3 when it could not be done."""
    try:
        what = {"look": look, "install": install, "run": run}[argv[0]]
        what(environ)
    except SetupFailed as failure:
        print(f"::error title=headgate%3A set-up failed::{escaped(str(failure))}", file=sys.stderr)
        return 3
    return 0


def look(environ: Mapping[str, str]) -> None:
    """Tell the next steps whether there is anything to do, and what a cache of it is called."""
    wanted, place = _wanted(environ), Place.on(_temp(environ))
    ready = place.ready(wanted)
    if ready:
        _on_path(place, environ)
    job = re.sub(r"[^\w.-]+", "-", f"{environ.get('GITHUB_WORKFLOW', '')}-{environ.get('GITHUB_JOB', '')}")
    system = "-".join(environ.get(name, "any") for name in ("RUNNER_OS", "RUNNER_ARCH"))
    everything = b"".join(file.read_bytes() for file in sorted((HOME / "requirements").glob("*.txt")))
    prefix = f"headgate-{system}-{_digest(interpreter().encode())[:8]}-{_digest(everything)[:16]}-"
    outputs = {
        "ready": str(ready).lower(),
        "empty": str(not place.installed).lower(),
        "path": str(place.root),
        "key": f"{prefix}{job}-{wanted.source[:16]}",
        "restore-keys": f"{prefix}{job}-\n{prefix}",
    }
    with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        for name, value in outputs.items():
            end = secrets.token_hex(16)
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def install(environ: Mapping[str, str]) -> None:
    """Make what `look` found missing, put headgate on PATH, and say how long it took."""
    started = time.monotonic()
    wanted, place = _wanted(environ), Place.on(_temp(environ))
    if not place.ready(wanted):
        place = made(place, wanted, environ)
    _on_path(place, environ)
    print(f"headgate is set up ({', '.join(place.installed)}; {time.monotonic() - started:.1f} s)", flush=True)


def run(environ: Mapping[str, str]) -> NoReturn:
    """Become `headgate` with the words of the command: quotes are understood, nothing is expanded."""
    try:
        words = shlex.split(environ.get("HEADGATE_SETUP_COMMAND", ""))
    except ValueError as error:
        raise SetupFailed(f"The command cannot be taken apart into words: {error}.") from error
    launcher = Place.on(_temp(environ)).root / "bin" / "headgate"
    os.execv(launcher, ["headgate", *words])  # noqa: S606  (a shell is what is avoided here)


def made(place: Place, wanted: Wanted, environ: Mapping[str, str]) -> Place:
    """The environment with all that is wanted in it; what is there and usable stays."""
    temp = _temp(environ)
    if not place.usable() or place.contradicts(wanted):
        place = begun(place.root, find_uv(temp))
    missing = place.missing(wanted)
    if missing:
        _call(installing(missing, find_uv(temp), place.python))
    if place.stamp.get("source") != wanted.source:
        copy_source(place)
    write_launcher(place)
    return stamped(place, wanted)


def begun(root: Path, uv: Path) -> Place:
    """An empty environment, which works wherever a cache restores it."""
    shutil.rmtree(root, ignore_errors=True)
    _call([uv, "venv", "--quiet", "--no-project", "--relocatable", "--python", sys.executable, root / "env"])
    return Place(root)


def installing(names: Sequence[str], uv: Path, python: Path) -> list[str | Path]:
    """The command that installs requirement files by their hashes, compiled."""
    files = [word for name in names for word in ("--requirement", HOME / "requirements" / f"{name}.txt")]
    how = ("--quiet", "--require-hashes", "--compile-bytecode", "--python", python)
    return [uv, "pip", "install", *how, *files]


def stamped(place: Place, wanted: Wanted) -> Place:
    """The place, with a note of what is in it: written last, so that what was cut off counts as nothing."""
    requirements = {**place.installed, **wanted.requirements}
    stamp = {"requirements": requirements, "source": wanted.source, "interpreter": interpreter()}
    scratch = place.root / "installed.json.new"
    scratch.write_text(json.dumps(stamp), encoding="utf-8")
    scratch.replace(place.root / "installed.json")
    return Place(place.root, dict(stamp))


def find_uv(temp: Path) -> Path:
    """The uv on PATH; else the one that requirements/uv.txt names, fetched by hash with any pip there is.

    Raises:
        SetupFailed: there is neither uv nor pip, or it could not be fetched.
    """
    on_path = shutil.which("uv")
    if on_path:
        return Path(on_path)
    folder = temp / "headgate-uv"
    if not (folder / "bin" / "uv").is_file():
        fetch = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        _call([_python_with_pip(), *fetch, "--target", folder, "--requirement", HOME / "requirements" / "uv.txt"])
    return folder / "bin" / "uv"


def copy_source(place: Place) -> None:
    """Headgate's package of this checkout, compiled, into the environment."""
    (site,) = (place.root / "env" / "lib").glob("python3*/site-packages")
    target = site / "headgate"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(HOME / "cli" / "headgate", target, ignore=shutil.ignore_patterns("__pycache__"))
    _call([place.python, "-I", "-m", "compileall", "-q", "-j", "0", target])


def write_launcher(place: Place) -> None:
    """`headgate`, alone in its folder, and isolated: the job's PYTHONPATH and working folder are not its modules."""
    launcher = place.root / "bin" / "headgate"
    launcher.parent.mkdir(exist_ok=True)
    python = '"${0%/*}/../env/bin/python"'  # beside it: a cache may be restored into another folder
    launcher.write_text(f'#!/bin/sh\nexec {python} -I -X utf8 -m headgate "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)


def source_digest(home: Path) -> str:
    """One digest for the package's files: their paths and what is in them."""
    root = home / "cli" / "headgate"
    files = sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    if not files:
        raise SetupFailed(f"{root} is empty: this is no checkout of headgate.")
    return _digest(b"".join(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0" for path in files))


def interpreter() -> str:
    """What an environment is bound to: the interpreter's place and version."""
    return f"{os.path.realpath(sys.executable)} {sys.version}"


def escaped(message: str) -> str:
    """The text of an annotation, as GitHub's runner wants it."""
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _wanted(environ: Mapping[str, str]) -> Wanted:
    verb = environ.get("HEADGATE_SETUP_VERB") or next(iter(environ.get("HEADGATE_SETUP_COMMAND", "").split()), "")
    here = Path.cwd()
    return Wanted.by(
        verb,
        environ.get("HEADGATE_SETUP_EXTRAS", "").replace(",", " ").split(),
        has_dvc=shutil.which("dvc") is not None,
        dvc_project=any((folder / ".dvc").is_dir() for folder in (here, *here.parents)),
    )


def _temp(environ: Mapping[str, str]) -> Path:
    if not environ.get("RUNNER_TEMP"):
        raise SetupFailed(
            "RUNNER_TEMP is not set: this is for runners of GitHub Actions. Elsewhere: pip install headgate"
        )
    return Path(environ["RUNNER_TEMP"]).resolve()


def _on_path(place: Place, environ: Mapping[str, str]) -> None:
    folder = str(place.root / "bin")
    if folder not in environ.get("PATH", "").split(os.pathsep) and environ.get("GITHUB_PATH"):
        with Path(environ["GITHUB_PATH"]).open("a", encoding="utf-8") as file:
            file.write(f"{folder}\n")


def _python_with_pip() -> str:
    for python in (sys.executable, shutil.which("python3"), shutil.which("python")):
        if (
            python
            and subprocess.run(
                [python, "-m", "pip", "--version"], cwd=HOME, capture_output=True, check=False
            ).returncode
            == 0
        ):
            return python
    raise SetupFailed("Neither uv nor pip is on this runner. try: actions/setup-python before this step")


def _call(argv: Sequence[str | Path]) -> None:
    """Run it beside headgate's own files: the settings of the job's project are not for this."""
    quiet = {"PIP_ROOT_USER_ACTION": "ignore", "PIP_REQUIRE_VIRTUALENV": "0"}
    done = subprocess.run(
        [str(word) for word in argv], cwd=HOME, env={**os.environ, **quiet}, stdout=sys.stderr, check=False
    )
    if done.returncode:
        raise SetupFailed(f"`{Path(argv[0]).name} {argv[1]} …` exited {done.returncode}; its own words are above.")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
