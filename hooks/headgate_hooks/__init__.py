"""pre-commit hooks of headgate, one small file each."""
