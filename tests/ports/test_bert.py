"""The parts of the encoder that numpy has no ready function for."""

from __future__ import annotations

import math

import numpy as np

from app.ports.bert import gelu


def test_the_activation_is_the_exact_one():
    at = np.concatenate([np.linspace(-12, 12, 200_001), [0.0, -0.0, 80, -80, 3e4, -3e4]])
    exact = [x * (1 + math.erf(x / math.sqrt(2))) / 2 for x in at]
    found = gelu(at.astype(np.float32)[None, :])[0]
    np.testing.assert_allclose(found, exact, atol=1e-6, rtol=3e-7)
