"""Paired intervals and what follows from them: arrays in, numbers out; numpy alone, no I/O."""
