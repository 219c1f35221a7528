"""From a commit to a verified model in production, and back again if it must."""

__version__ = "0.1.0"
