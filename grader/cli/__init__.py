"""The command line: ``grader check``, ``grader data``, ``grader editions``, ``grader doctor``."""

from grader.cli.main import main

__all__ = ["main"]
