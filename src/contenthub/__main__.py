"""`python -m contenthub` is the command `contenthub`."""

from contenthub.cli import main

main()
