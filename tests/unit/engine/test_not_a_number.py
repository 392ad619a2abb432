"""Questions about a G whose numbers are infinite or undefined: a sentence in place of an answer that says nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.latent import studies
from playground.latent.questions import Anomaly, Application, Errors, Find, Neighbours, Truncation
from playground.training.model import Model
from playground.utils.errors import UserError

PICTURE = np.full((8, 8, 1), 255, np.uint8)


def _spoilt() -> Model:
    run = Run("r", PRESETS["digits"].config)
    run.read()
    model = run.models.of("ema").frozen()
    with torch.no_grad():
        for weights in model.G.parameters():
            weights.fill_(torch.nan)
    return model


@pytest.mark.parametrize(
    "question",
    [
        lambda z, y: Find(PICTURE),
        lambda z, y: Anomaly(PICTURE, 3),
        lambda z, y: Errors(3),
        lambda z, y: Neighbours(z, y, 2),
        lambda z, y: Truncation("scale", (1.0,), 60),
        lambda z, y: Application(seeds=1),
    ],
)
def test_each_says_that_what_g_makes_is_not_a_number(
    question: Callable[[np.ndarray, np.ndarray], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.metrics.features.STEPS", 1)
    model = _spoilt()
    z, y = np.zeros((2, model.config.z_dim), np.float32), np.zeros(2, np.int64)
    with pytest.raises(UserError, match="What G makes is not a number"):
        studies.answer_now(model, question(z, y))
