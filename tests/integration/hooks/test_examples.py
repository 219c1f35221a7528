"""Each hook on its folder of good and bad examples: a repository each, with all of it staged.

`ARGUMENTS` in an example are the hook's own options; `EXPECTED` in a bad one is what it has to say. What looks like a
credential is put in here, so that none lies in this repository: `{{github}}`.
"""

from __future__ import annotations

import base64
import re
import shlex
from pathlib import Path

import pytest

from headgate_hooks.catalog import HOOKS
from support.hook_repository import HookRepository

EXAMPLES = Path(__file__).with_name("examples")
_ABOUT = ("ARGUMENTS", "EXPECTED")
SECRETS = {
    "github": "ghp_" + "aB3" * 12,
    "aws": "AKIA" + "QX7Z" * 4,
    "huggingface": "hf_" + "kQ9w" * 9,
    "password": "correct-Horse9",
    "private key": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{base64.b64encode(bytes(range(48))).decode()}",
}
_FILES = {hook.id.removeprefix("headgate-"): hook.files for hook in HOOKS}


def examples(kind: str) -> list[str]:
    return sorted(str(case.relative_to(EXAMPLES)) for case in EXAMPLES.glob(f"*/{kind}/*"))


@pytest.mark.parametrize("case", examples("good"))
def test_a_good_example_passes_in_silence(case: str, repository: HookRepository) -> None:
    assert answer(case, repository) == (0, "", "")


@pytest.mark.parametrize("case", examples("bad"))
def test_a_bad_example_is_refused_with_file_line_and_fix(case: str, repository: HookRepository) -> None:
    said = answer(case, repository)

    assert said == (1, (EXAMPLES / case / "EXPECTED").read_text(encoding="utf-8"), "")
    assert all(re.match(r"[^:]+:\d+: ", line) for line in said.out.splitlines())
    assert not any(secret in said.out for secret in SECRETS.values())


def answer(case: str, repository: HookRepository) -> tuple[int, str, str]:
    """What the hook says of an example, given the files that pre-commit would give it."""
    folder = EXAMPLES / case
    hook = case.split("/", maxsplit=1)[0]
    for file in folder.rglob("*"):
        if file.is_file() and file.name not in _ABOUT:
            repository.write(file.relative_to(folder).as_posix(), with_secrets(file.read_bytes()))
    repository.git("add", "--all", "--force")
    arguments = folder / "ARGUMENTS"
    options = shlex.split(arguments.read_text(encoding="utf-8")) if arguments.exists() else []
    pattern = _FILES[hook]
    names = repository.git("ls-files", "-z").split("\0")[:-1] if pattern is not None else []
    return repository.hook(hook, *options, *(name for name in names if re.search(pattern or "", name)))


def with_secrets(content: bytes) -> bytes:
    for name, secret in SECRETS.items():
        content = content.replace(f"{{{{{name}}}}}".encode(), secret.encode())
    return content
