"""The verdict as one file for a browser: it loads nothing, from nowhere, and everything foreign in it is text.

The charts are drawn here, in SVG made of a few shapes (`plot.py`), and take their colours from the page's style sheet.
docs/report.md says what charting libraries were measured against that, and why none of them is used.
"""

from headgate.report.html.page import verdict_html

__all__ = ["verdict_html"]
