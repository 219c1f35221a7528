"""The verdict as one file for a browser: it loads nothing, from nowhere, and everything foreign in it is text.

The charts are drawn here, in SVG made of a few shapes. Weighed against a charting library: matplotlib brings 79 MB and
11 packages, altair with its renderer 96 MB, plotly 47 MB or a script of several megabytes in every page, and their
colours are fixed when the picture is made, so that a page cannot follow the reader's light or dark; pygal is light, and
draws no intervals against a margin. What this page needs (a scale, two axes, lines, bands and bars) takes fewer lines
than bending any of them, and its colours are the page's own style sheet.
"""

from headgate.report.html.page import verdict_html

__all__ = ["verdict_html"]
