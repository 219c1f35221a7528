"""No false alarm on public kinds of DVC project, each run with the real DVC."""

from __future__ import annotations

import re

import pytest

from headgate_hooks.catalog import HOOKS
from integration.hooks.layouts import LAYOUTS
from support.hook_repository import HookRepository

COMMITTED = [hook for hook in HOOKS if "pre-commit" in hook.stages]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_of_dvc_s_documentation_passes_in_silence(name: str, repository: HookRepository) -> None:
    LAYOUTS[name](repository)
    repository.git("add", "--all")
    files = repository.git("ls-files", "-z").split("\0")[:-1]

    said = {
        hook.id: repository.hook(
            hook.id.removeprefix("headgate-"),
            *(file for file in files if hook.files is not None and re.search(hook.files, file)),
        )
        for hook in COMMITTED
    }

    assert said == {hook.id: (0, "", "") for hook in COMMITTED}
