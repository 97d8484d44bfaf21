"""The embedded samples: generated images and digits, the same on every machine."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from reference.datasets import open_data, open_sample
from reference.images import digits
from reference.images.errors import DataError
from reference.images.figures import generate
from tests.reference.conftest import NORMAL


def test_drawn_images_are_different_and_repeatable() -> None:
    """Drawing by a seed gives the same images twice, none of them twice, of every class."""
    train = open_sample().train
    drawn = train.draw(404, seed=5)

    assert len({image.tobytes() for image in drawn.images}) == 404
    assert np.array_equal(drawn.images, train.draw(404, seed=5).images)
    assert set(drawn.labels) == set(range(10))


def test_the_sample_says_that_it_is_one() -> None:
    """Whoever shows an accuracy can tell that its images are generated, and how many there are."""
    data = open_sample()

    assert data.is_sample
    assert len(data.test) == 2_000


def test_the_sample_is_the_same_on_every_machine() -> None:
    """The first test images have the bytes that they had when the checkpoints were trained."""
    images, labels = generate(100, 2)

    digest = hashlib.sha256(images.tobytes() + labels.astype("<i8").tobytes()).hexdigest()
    assert digest[:16] == "1fda70eb63dfe11c"


def test_the_sample_is_made_in_well_under_a_second() -> None:
    """4,000 images are no reason to wait."""
    start = time.process_time()
    open_sample()

    assert time.process_time() - start < 1.0


def test_training_and_test_images_differ() -> None:
    """No generated image is in both splits."""
    data = open_sample()
    train = {image.tobytes() for image in data.train.images}

    assert not any(image.tobytes() in train for image in data.test.images)


def test_normalized_pixels_lie_within_minus_one_and_one() -> None:
    """With mean and deviation 0.5, pixels span at most -1 ... 1."""
    pixels = open_sample().test.normalized(**NORMAL)

    assert pixels.dtype == torch.float32
    assert pixels.min() >= -1
    assert pixels.max() <= 1


def test_the_digits_are_the_same_on_every_machine() -> None:
    """The first test images have the bytes that they had when the checkpoints were trained."""
    images, labels = digits.generate(100, 2)

    digest = hashlib.sha256(images.tobytes() + labels.astype("<i8").tobytes()).hexdigest()
    assert digest[:16] == "08eddda9cab755ee"


def test_a_grey_sample_shows_digits() -> None:
    """1x32x32 images of all ten digits, dark outside of the strokes as MNIST's are."""
    data = open_data(None, "mnist", Path("unused"), shape=(1, 32, 32))

    assert data.is_sample
    assert (data.test.images.shape, data.test.class_names) == (
        (2000, 1, 32, 32),
        tuple("0123456789"),
    )
    assert np.bincount(data.test.labels).min() > 150
    assert np.median(data.test.images) < 20
    assert data.test.images.max() > 200


def test_no_sample_has_another_shape() -> None:
    """Where nothing is embedded, the message says what is."""
    with pytest.raises(DataError, match="no sample of 1x28x28 images is embedded"):
        open_sample((1, 28, 28))
