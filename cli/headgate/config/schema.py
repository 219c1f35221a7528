"""The JSON schema of headgate.yaml, generated from the models."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from headgate.config.models import Config
from headgate.config.parts import Part


def json_schema() -> dict[str, Any]:
    """The schema an editor needs to complete and check headgate.yaml."""
    models = list(_below(Part))
    for model in models:
        for key, meaning in _docstrings(model):
            model.model_fields[key].description = meaning
    for model in models:
        model.model_rebuild(force=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "headgate.yaml",
        **Config.model_json_schema(by_alias=True, mode="validation"),
    }


def _below(model: type[Part]) -> Iterator[type[Part]]:
    """Every model of a mapping, the base ones first."""
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def _docstrings(model: type[Part]) -> Iterator[tuple[str, str]]:
    """The keys of a model with the text that stands below each."""
    (written,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(written, ast.ClassDef)  # noqa: S101  (it is the source of a class)
    for key, text in pairwise(written.body):
        if isinstance(key, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            yield ast.unparse(key.target), inspect.cleandoc(str(text.value.value))
