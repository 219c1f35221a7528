"""Which objects a DVC remote has: the user's own `dvc`, asked once, whichever commits the objects belong to.

DVC can ask for the commit that is checked out, or for all there are. So it is asked in a scratch project with the
settings of the real one, in which one *.dvc names exactly the objects in question.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from headgate.errors import HeadgateError
from headgate.lineage.dvc import complaint, dvc
from headgate.lineage.dvc_config import DvcConfig, read_config
from headgate.process import Runner, run
from headgate_hooks.dvc.cache import listing
from headgate_hooks.dvc.records import Out
from headgate_hooks.outcome import CouldNotCheck

_FOLDER = "asked"


def not_there(
    project: Path, outs: Sequence[Out], *, remote: str | None, timeout: float, runner: Runner = run
) -> dict[int, list[tuple[str, bool]]]:
    """What the remote does not have, by the place of its out in `outs`.

    Each is a file inside the out (empty for the out itself), and whether this machine's cache has it.

    Args:
        project: the folder with the project's `.dvc`.
        outs: with a hash each.
        remote: the remote to ask; None: DVC's default, and the outs' own.
        timeout: seconds for the query.
        runner: how dvc is run.

    Raises:
        CouldNotCheck: there is no dvc, no remote, or the remote does not answer.
    """
    try:
        config = read_config(project / ".dvc")
    except HeadgateError as error:
        raise CouldNotCheck(error.message) from error
    versioned, kept = _by_kind(config, outs, remote)
    missing = {place: [("", True)] for place, name in versioned.items() if not _has_version(outs[place], name)}
    if kept:
        asked = {place: outs[place] for place in kept}
        missing.update(_asked(config, asked, remote, timeout, runner))
        _add_equals(missing, asked, config.cache)
    return missing


def _by_kind(config: DvcConfig, outs: Sequence[Out], remote: str | None) -> tuple[dict[int, str], list[int]]:
    """Outs of remotes that keep versions, which the *.dvc itself records; and the others."""
    versioned: dict[int, str] = {}
    kept: list[int] = []
    for place, out in enumerate(outs):
        name = out.remote or remote or config.default
        if name is None:
            raise CouldNotCheck("the project has no default DVC remote: dvc remote default NAME", passing=True)
        options = config.remotes.get(name)
        if options is None:
            raise CouldNotCheck(f"there is no DVC remote '{name}': dvc remote list")
        if "true" in (options.get("version_aware", "").lower(), options.get("worktree", "").lower()):
            versioned[place] = name
        else:
            _insist_on_folder(config, name)
            kept.append(place)
    return versioned, kept


def _insist_on_folder(config: DvcConfig, name: str) -> None:
    """DVC takes a folder that is not mounted for an empty remote."""
    folder = config.remote_folder(name)
    if folder is not None and not folder.is_dir() and not folder.parent.is_dir():
        raise CouldNotCheck(f"the remote '{name}' is the folder {folder}, which is not on this machine", passing=True)


def _has_version(out: Out, remote: str) -> bool:
    parts = out.facts.get("files") or [out.facts]
    return all(remote in (part.get("cloud") or {}) for part in parts)


def _asked(
    config: DvcConfig, outs: Mapping[int, Out], remote: str | None, timeout: float, runner: Runner
) -> dict[int, list[tuple[str, bool]]]:
    with tempfile.TemporaryDirectory(prefix="headgate-dvc-") as folder:
        scratch = Path(folder).resolve()
        _write_project(scratch, config, outs)
        try:
            option = ["--remote", remote] if remote else []
            completed = dvc("status", "--cloud", "--json", *option, project=scratch, run=runner, timeout=timeout)
        except HeadgateError as error:
            passing = "ended after" in error.message
            raise CouldNotCheck(f"{error.message} {error.hint or ''}".strip(), passing=passing) from error
    if not completed.ok:
        raise CouldNotCheck(f"the DVC remote does not answer: {complaint(completed)}", passing=True)
    return _read(completed.stdout)


def _add_equals(missing: dict[int, list[tuple[str, bool]]], outs: Mapping[int, Out], cache: Path) -> None:
    """DVC names an object once; the outs that have the same content are missing too."""
    states: dict[str, bool] = {}
    for place, files in missing.items():
        if place in outs:
            inside = (listing(outs[place], cache) or {}) if any(name for name, _ in files) else {}
            states.update({md5: here for name, here in files if (md5 := inside.get(name) if name else outs[place].md5)})
    for place, out in outs.items():
        if place not in missing and out.md5 in states:
            missing[place] = [("", states[out.md5])]


def _write_project(scratch: Path, config: DvcConfig, outs: Mapping[int, Out]) -> None:
    """A project with the real one's settings; only this user can read it, for remotes have passwords."""
    (scratch / ".dvc").mkdir(mode=0o700)
    written = scratch / ".dvc" / "config"
    written.touch(mode=0o600)
    written.write_text(config.alone(cache=config.cache), encoding="utf-8")
    (scratch / _FOLDER).mkdir()
    pointer = {"outs": [_pointer(place, out) for place, out in outs.items()]}
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    (scratch / _FOLDER / "all.dvc").write_text(yaml.dump(pointer, Dumper=dumper), encoding="utf-8")


def _pointer(place: int, out: Out) -> dict[str, Any]:
    facts = {key: value for key, value in out.facts.items() if key in ("size", "nfiles", "isexec")}
    own = {"remote": out.remote} if out.remote else {}
    return {"md5": out.md5, **({} if out.legacy else {"hash": "md5"}), **facts, **own, "path": str(place)}


def _read(said: str) -> dict[int, list[tuple[str, bool]]]:
    """DVC's answer by out: `asked/7` or `asked/7/a.png`, `new` here and not there, `missing` in both places."""
    missing: dict[int, list[tuple[str, bool]]] = {}
    try:
        for name, state in json.loads(said or "{}").items():
            _, _, below = name.replace("\\", "/").partition(f"{_FOLDER}/")
            place, _, inside = below.partition("/")
            if state in ("new", "missing"):
                missing.setdefault(int(place), []).append((inside, state == "new"))
    except (ValueError, AttributeError) as error:
        raise CouldNotCheck(f"dvc status --cloud --json did not answer in JSON: {said[:100]!r}") from error
    return missing
