"""What D says of generated samples."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from playground.latent.questions import Scores
from playground.training.model import Model


def scores(model: Model, question: Scores) -> Generator[tuple[int, int], None, np.ndarray]:
    """Logits (n,) float32."""
    z, y = model.latents(question.z, question.y)
    yield 0, 1
    return model.logits(model.sample(z, y), y).cpu().numpy()


ANSWERS = {Scores: scores}
