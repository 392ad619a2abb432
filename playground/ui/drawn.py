"""What a visitor painted in a drawer, and what is made of it once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

_MADE = "_drawn_made"


def strokes_of(key: str, token: str) -> Any:
    """The strokes of a drawer; None while nothing is drawn."""
    value = (st.session_state.get(key) or {}).get("strokes") or {}
    return value.get("strokes") if value.get("token") == token else None


def once(name: str, of: Any, make: Callable[[], np.ndarray]) -> np.ndarray:
    """What `make` gives for `of`; made at the first look, kept for the others."""
    kept = st.session_state.setdefault(_MADE, {})
    if name not in kept or kept[name][0] != of:
        kept[name] = of, make()
    made: np.ndarray = kept[name][1]
    return made
