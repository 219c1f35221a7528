"""Where things come from: git, DVC files, params, digests."""
