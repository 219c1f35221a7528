"""The verdict and the record as people read them: text for terminals, markdown for pull requests and summaries."""

from headgate.report.comment import Origin, comment_markdown
from headgate.report.inert import code, plain
from headgate.report.markdown import record_markdown, verdict_markdown
from headgate.report.text import verdict_text
from headgate.report.wording import against, sentence, stopping

__all__ = [
    "Origin",
    "against",
    "code",
    "comment_markdown",
    "plain",
    "record_markdown",
    "sentence",
    "stopping",
    "verdict_markdown",
    "verdict_text",
]
