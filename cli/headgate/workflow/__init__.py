"""What each verb does: the steps' front doors, joined through the record and nothing else."""
