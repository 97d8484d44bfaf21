"""What every test shares: how Hypothesis draws its examples."""

from __future__ import annotations

from hypothesis import settings

# The same examples in every run, so that a failure is the change's and not the day's; and no limit
# on a single example's time, which a busy machine would exceed. Look for new examples with
# `pytest --hypothesis-profile=search`.
settings.register_profile("settled", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile("settled")
