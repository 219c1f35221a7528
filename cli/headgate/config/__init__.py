"""headgate.yaml: its models, reading it, and its JSON schema."""

from headgate.config.loading import DEFAULT_PATH, ConfigError, load
from headgate.config.models import Config

__all__ = ["DEFAULT_PATH", "Config", "ConfigError", "load"]
