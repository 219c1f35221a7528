"""The verdict and the record as people read them: text for terminals, markdown for pull requests and summaries."""

from headgate.report.markdown import plain, record_markdown, verdict_markdown
from headgate.report.text import verdict_text
from headgate.report.wording import against

__all__ = ["against", "plain", "record_markdown", "verdict_markdown", "verdict_text"]
