"""The environment that a notebook was written for: its libraries, its GPU, what a notebook has."""

from __future__ import annotations

import torch

from grader.sandbox.inside.environment import (
    compiler,
    gpu,
    import_hooks,
    ipython,
    memory_files,
    scripts,
)
from grader.sandbox.inside.environment.compatibility import numpy_past, python_past, torch_past


def install() -> None:
    """Change this process so that code runs as it did where it was written."""
    python_past.install()
    numpy_past.install()
    torch_past.install()
    compiler.install()
    gpu.install()
    import_hooks.install()
    ipython.install()
    scripts.install()
    memory_files.install()


def fix_threads(number: int) -> None:
    """Compute with *number* threads from here on, whatever number is asked for later."""
    torch.set_num_threads(number)
    torch.set_num_threads = lambda nthreads: None
