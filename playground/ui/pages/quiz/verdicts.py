"""What D says of samples, in words and numbers."""

from __future__ import annotations

import numpy as np

from playground.losses.objectives import OBJECTIVES
from playground.ui.charts.spec import signed
from playground.utils.scales import sigmoid
from playground.utils.translation import _


def is_probability(objective: str) -> bool:
    """Whether the sigmoid of D's logit is the probability that a sample is real."""
    return OBJECTIVES[objective].probability


def told(logit: float, probability: bool) -> str:
    """One logit as it is shown."""
    if not probability:
        return signed(logit)
    return f"{100 * float(sigmoid(np.array(logit))):.0f} %"


def rule(level: float, probability: bool) -> str:
    """When D counts as saying real."""
    if probability:
        return _("D says real where its logit is above 0, that is, P(real) above 50 %.")
    return _(
        "D's score is no probability here. D says real where it is above {level}, half-way between its mean on real "
        "and on generated samples."
    ).format(level=signed(level))
