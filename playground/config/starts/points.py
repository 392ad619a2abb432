"""Where to begin on points: areas and curves want a better D than a few modes do."""

from __future__ import annotations

from playground.config.starts.start import Start
from playground.data.modality import POINTS

START = Start(POINTS.key, lambda shape: {"batch_size": 256, "d_steps": 2}, labels=False)
