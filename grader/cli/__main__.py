"""``python -m grader.cli``: the command line without its entry point."""

from grader.cli import main

main()
