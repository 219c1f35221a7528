"""The JSON schema of headgate.yaml, generated from the models."""

from __future__ import annotations

from typing import Any

from headgate.config.models import Config


def json_schema() -> dict[str, Any]:
    """The schema an editor needs to complete and check headgate.yaml."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "headgate.yaml",
        **Config.model_json_schema(by_alias=True, mode="validation"),
    }
