"""The bars, measured: every benchmark runs its sides in turns, and reports medians and ratios. See RESULTS.md."""
