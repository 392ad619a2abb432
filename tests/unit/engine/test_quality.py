"""The one number by which runs of a race are compared."""

from __future__ import annotations

import numpy as np
import pytest

from playground.config.presets import PRESETS
from playground.data import DATASETS
from playground.engine.quality import measure
from playground.engine.run import Run


def test_good_samples_of_half_of_the_modes_count_half(monkeypatch: pytest.MonkeyPatch) -> None:
    run, centres = Run("r", PRESETS["ring"].config), np.array(DATASETS["ring"].centres, np.float32)
    for covered in (1, 4, 8):
        monkeypatch.setattr(run, "images", lambda n=covered: np.tile(centres[:n], (200, 1)))
        assert measure(run) == pytest.approx((covered / 8, covered / 8))
    poor = np.tile(centres, (200, 1))
    poor[: len(poor) // 2] += 9
    monkeypatch.setattr(run, "images", lambda: poor)
    assert measure(run) == pytest.approx((0.5, 1.0))
