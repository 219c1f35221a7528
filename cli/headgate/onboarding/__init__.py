"""How a repository meets headgate: what is in it, what is missing, and the files that join the two."""

from headgate.onboarding.answers import Answers, Questions, Unasked, ask
from headgate.onboarding.discovery import discover
from headgate.onboarding.findings import Findings, Repository
from headgate.onboarding.pipelines import pipeline_folders
from headgate.onboarding.proposal import File, Proposal, propose
from headgate.onboarding.service import LIBRARIES
from headgate.onboarding.workflows import Shipped, Workflows, workflows
from headgate.onboarding.writing import Change, compare, write

__all__ = [
    "LIBRARIES",
    "Answers",
    "Change",
    "File",
    "Findings",
    "Proposal",
    "Questions",
    "Repository",
    "Shipped",
    "Unasked",
    "Workflows",
    "ask",
    "compare",
    "discover",
    "pipeline_folders",
    "propose",
    "workflows",
    "write",
]
