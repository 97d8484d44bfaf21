"""What torchvision and Pillow have removed since 2020, and what it meant."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from grader.sandbox.inside.environment.compatibility.removed import Removed, put_back, renamed

_OLD_KEYWORDS = {"resample": "interpolation", "fillcolor": "fill"}
# By the version that removed them: what is called otherwise today, in torchvision.transforms.
TRANSFORMS: Mapping[str, Mapping[str, str]] = {
    "0.12": {"Scale": "Resize", "RandomSizedCrop": "RandomResizedCrop"},
}
# torchvision 0.15 removed the keywords ``resample`` and ``fillcolor`` of these.
RESAMPLED = ("RandomRotation", "RandomAffine", "RandomPerspective")
# Pillow 10 removed these names of filters.
FILTERS = {
    "ANTIALIAS": "LANCZOS",
    "LINEAR": "BILINEAR",
    "CUBIC": "BICUBIC",
}


def mend_transforms(transforms: Any) -> None:
    """Mend ``torchvision.transforms`` and its ``functional``."""
    from torchvision.transforms import functional

    for version, same in TRANSFORMS.items():
        for old, new in same.items():
            kind = getattr(transforms, new)
            row = Removed(name=old, removed=f"torchvision {version}", stand_in=kind)
            put_back(transforms, [row])
            put_back(sys.modules[kind.__module__], [row])
    for name in RESAMPLED:
        kind = getattr(transforms, name)
        kind.__init__ = _resampled(kind.__init__)
    for name in ("rotate", "affine"):
        setattr(functional, name, _resampled(getattr(functional, name)))
    put_back(functional, [Removed(name="scale", removed="0.12", stand_in=functional.resize)])
    _alias("torchvision.transforms.functional_tensor", "torchvision.transforms._functional_tensor")
    _alias("torchvision.transforms.functional_pil", "torchvision.transforms._functional_pil")


def mend_utils(utils: Any) -> None:
    """Mend ``torchvision.utils``: ``range`` was removed in 0.15."""
    for name in ("make_grid", "save_image"):
        setattr(utils, name, renamed(getattr(utils, name), {"range": "value_range"}))


def mend_models(models: Any) -> None:
    """Mend ``torchvision.models``: its ``utils`` went with 0.12, ``model_urls`` with 0.13."""
    from torch.hub import load_state_dict_from_url

    made = ModuleType("torchvision.models.utils")
    vars(made)["load_state_dict_from_url"] = load_state_dict_from_url
    sys.modules.setdefault(made.__name__, made)
    models.utils = made
    for name in ("alexnet", "vgg", "resnet", "densenet", "squeezenet", "inception", "mobilenet"):
        module = sys.modules.get(f"torchvision.models.{name}")
        if module is not None:
            put_back(module, [Removed(name="model_urls", removed="0.13", stand_in={})])


def mend_images(images: Any) -> None:
    """Mend ``PIL.Image``."""
    for old, new in FILTERS.items():
        stand_in = getattr(images.Resampling, new)
        put_back(images, [Removed(name=old, removed="Pillow 10", stand_in=stand_in)])


def _resampled(now: Any) -> Any:
    """Return *now* with its old keywords; False and 0 stood for the nearest pixel."""
    from torchvision.transforms import InterpolationMode

    taking = renamed(now, _OLD_KEYWORDS)

    def resampled(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("resample", 1) in (False, None):
            kwargs["resample"] = InterpolationMode.NEAREST
        return taking(*args, **kwargs)

    return resampled


def _alias(old: str, new: str) -> None:
    module = sys.modules.get(new)
    if module is not None and sys.modules.setdefault(old, module) is module:
        parent, _, last = old.rpartition(".")
        setattr(sys.modules[parent], last, module)
