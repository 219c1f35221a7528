"""`python -m headgate`."""

from headgate.main import main

main()
