"""The gate's methods in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.statistics.measurement import quantile

METHODS: Mapping[str, str] = {
    "paired-wald": "The difference is taken row by row. Each bound is the mean difference, minus or plus {z} standard "
    "errors, a little more where rows are few (Student's t); one standard error is the spread of the row differences "
    "over the square root of the number of rows (Wald's interval of a paired mean).",
    "tango": "Only rows that one model alone has right tell the two apart. The bounds enclose every true difference "
    "that would not make their counts too unlikely (Tango's score interval, 1998), which stays honest where such rows "
    "are few.",
    "multinomial-bootstrap": "The rows are drawn again 2,000 times, with replacement, and every time all is measured "
    "anew on that draw. The bounds are percentiles over the draws, or score bounds where these are wider: the values "
    "whose own chance would just reach the measured one. The seed is fixed: the same files give the same answer.",
    "cluster-bootstrap": "Rows of one group depend on each other, so it is groups that are drawn again, 2,000 times "
    "with replacement, and every time all is measured anew on that draw. The bounds are percentiles over the draws, or "
    "Student's bounds for as many groups where these are wider. The seed is fixed: the same files give the same "
    "answer.",
    "delong": "Each positive row is compared with each negative one: how often does the model put it higher? The "
    "spread of these shares, paired between the models, gives the standard error (DeLong, DeLong and Clarke-Pearson, "
    "1988), and score bounds are taken where they are wider.",
    "delta": "The metric is a smooth function of means over the rows, so its standard error follows from their spreads "
    "and from how steeply the metric changes with each (the delta method).",
    "normal-bootstrap": "In each bin of probabilities there is a gap between what was predicted and what came true. "
    "The gaps are drawn again 2,000 times, with the spread and the correlation that the rows give them. Chance alone "
    "makes gaps too, so the bounds leave room for how much of the error is chance. The seed is fixed: the same files "
    "give the same answer.",
    "wald": "The bound is the mean over the rows, minus or plus {z} standard errors (Wald's interval of a mean).",
    "wilson": "The bounds enclose every true share that would not make the counted one too unlikely (Wilson's score "
    "interval, 1927).",
    "measured": "The value that was measured is compared with the limit as it is: no allowance is made for chance.",
    "point": "Two numbers are compared as they are. There are no rows behind them, so nobody can say how much of the "
    "difference is chance.",
}

CLUSTERED = "clustered-"
IN_GROUPS = (
    "Rows of one group depend on each other, so the spread is that of the groups, and t is the quantile of Student's "
    "distribution for as many groups as there are."
)


def method_in_words(method: str, confidence: float | None) -> str:
    """How a check was decided; a method that has no words yet is at least named, and none at all is nothing to tell."""
    if method == "none":
        return ""
    clustered = method.startswith(CLUSTERED)
    base = method.removeprefix(CLUSTERED)
    if base not in METHODS:
        return f"By the method '{method}'."
    words = METHODS[base].replace("{z}", "t" if clustered or confidence is None else f"{quantile(confidence):.3f}")
    return f"{words} {IN_GROUPS}" if clustered else words
