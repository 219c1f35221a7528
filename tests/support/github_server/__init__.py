"""A stand-in for GitHub's REST API: real HTTP, its state in memory, faults to order.

In a test: `with github_server() as github: ...`. For programs that cannot call Python, such as a workflow's steps:
`python -m support.github_server --ready FILE [--seed FILE]`, which answers below `/_stand-in/` too (see `__main__`).
"""

from support.github_server.server import GitHubServer, github_server
from support.github_server.state import ALL_PERMISSIONS, JOB, Fault, GitHub, Token

__all__ = ["ALL_PERMISSIONS", "JOB", "Fault", "GitHub", "GitHubServer", "Token", "github_server"]
