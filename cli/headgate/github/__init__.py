"""What headgate and GitHub say to each other: the runner's files, and the REST API."""
