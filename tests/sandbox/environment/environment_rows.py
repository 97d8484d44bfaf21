"""
What a notebook may use, one idiom a row, by section; and the libraries that are not here.

The table in docs/what-a-notebook-may-use.md is made of these rows, and each is run by a test.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.sandbox.environment.idioms import Section
from tests.sandbox.environment.library_idioms import NUMPY, TORCH, VISION
from tests.sandbox.environment.notebook_idioms import (
    COMPILER,
    FILES,
    GPU,
    LIBRARIES,
    NOTEBOOK,
    PLOTS,
    PYTHON,
)

SECTIONS = (
    Section("Python", "Names and behaviour of Python since 3.6", PYTHON),
    Section("numpy", "Names and behaviour of numpy since 1.18", NUMPY),
    Section("torch", "Names and behaviour of torch since 1.4", TORCH),
    Section("torchvision", "Names and behaviour of torchvision since 0.5, and Pillow's", VISION),
    Section("Compiler", "torch.compile gives back what it is given", COMPILER),
    Section("GPU", "A GPU, by whatever name, is the CPU", GPU),
    Section("Notebooks", "What every notebook has", NOTEBOOK),
    Section(
        "Plots", "Plots and logs are made and go nowhere; matplotlib's names since 3.2", PLOTS
    ),
    Section(
        "Files",
        "What is written in the working folder is kept in memory while the code runs, and is gone"
        " afterwards; elsewhere nothing can be written, and no code",
        FILES,
    ),
    Section("Libraries", "Installed by the extra `student`", LIBRARIES),
)


@dataclass(frozen=True)
class Waiting:
    """An import, a line that needs it, and what the grader then says is missing."""

    statement: str
    use: str
    library: str
    name: str = ""  # where the library is here, but not what was wanted of it

    @property
    def said(self) -> str:
        if self.name:
            return f"the version of {self.library} that is installed here has no {self.name}"
        return f"{self.library} is not installed here"


WAITING = (
    Waiting("from lmfit.models import GaussianModel", "GaussianModel()", "lmfit"),
    Waiting("import cv2", "cv2.normalize(activations)", "cv2"),
    Waiting("import jax.numpy as jnp", "jnp.abs(activations)", "jax"),
    Waiting("pass", "import cupy; cupy.asarray(activations)", "cupy"),
    Waiting("from statsmodels.api import *", "OLS(activations)", "statsmodels"),
    Waiting("import numba\nfast = numba.njit(abs)", "fast(1)", "numba"),
    Waiting(
        "from scipy.misc import imresize", "imresize(activations, 2)", "scipy.misc", "imresize"
    ),
    Waiting("from scipy.integrate import simps", "simps(activations)", "scipy.integrate", "simps"),
    Waiting(
        "from sklearn.cross_validation import KFold", "KFold(2)", "sklearn", "cross_validation"
    ),
)
STRAY = ("import lmfit", "from turtle import xcor", "from cv2 import *")
