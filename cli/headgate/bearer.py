"""A token, where requests asks for it and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests


class Bearer:
    """As an auth object, because requests lets ~/.netrc overwrite a plain header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token where the server looks for it."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
