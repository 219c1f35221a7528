"""The entry in `.pre-commit-config.yaml` that checks headgate.yaml before each commit."""

from __future__ import annotations

import re

import yaml

_HOOK = """\
- repo: local
  hooks:
    - id: headgate-config
      name: headgate.yaml is valid
      entry: headgate-config
      language: system
      files: (^|/)headgate\\.ya?ml$
      types: [yaml]
"""


def with_hook(text: str | None) -> tuple[str | None, str | None]:
    """The file with the hook, and what to do by hand where it cannot be added.

    Args:
        text: the file as it is; None where there is none.

    Returns:
        The whole text, the old one where the hook is in it; None where it cannot be added: then there is advice.
    """
    if text is None or not text.strip():
        return f"repos:\n{_indented(2)}", None
    if "headgate-config" in text:
        return text, None
    for indent in (_indent_of(text), 2, 0):
        added = f"{text.rstrip()}\n{_indented(indent)}"
        if _adds_one(text, added):
            return added, None
    return None, f".pre-commit-config.yaml is written in a way that headgate does not add to; add by hand:\n{_HOOK}"


def _indent_of(text: str) -> int:
    found = re.search(r"^( *)- +repo:", text, re.MULTILINE)
    return len(found[1]) if found else 2


def _indented(by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in _HOOK.splitlines())


def _adds_one(before: str, after: str) -> bool:
    """Whether the new text means what the old one meant, and one repository more at its end."""
    try:
        old, new = yaml.safe_load(before), yaml.safe_load(after)
    except yaml.YAMLError:
        return False
    if not (isinstance(old, dict) and isinstance(new, dict) and isinstance(old.get("repos"), list)):
        return False
    return new == {**old, "repos": [*old["repos"], *yaml.safe_load(_HOOK)]}
