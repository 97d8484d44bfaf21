"""The command line: ``grader check``, ``grader data``, ``grader editions``, ``grader doctor``."""

from grader.cli.entry import main

__all__ = ["main"]
