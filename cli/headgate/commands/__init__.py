"""One module per verb: parse the options, call one front door, print. No logic."""
