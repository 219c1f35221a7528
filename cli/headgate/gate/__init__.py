"""The decision: may the candidate replace Production?"""

from headgate.gate.comparison import comparison_from, comparison_of_files
from headgate.gate.decision import Comparison, blocks, decide, exit_code, refusal
from headgate.gate.policy import policy_from_checks, policy_of
from headgate.gate.uses import count as count_use

__all__ = [
    "Comparison",
    "blocks",
    "comparison_from",
    "comparison_of_files",
    "count_use",
    "decide",
    "exit_code",
    "policy_from_checks",
    "policy_of",
    "refusal",
]
