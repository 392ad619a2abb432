"""The networks of a run with all that passes through them, drawn from boxes and arrows; only numbers are sent again."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from playground.ui.components import frames

_mount = frames.register("networks", "networks_arrows")


def networks(picture: dict[str, Any], live: dict[str, Any], *, key: str) -> None:
    """Draw `picture`, and on it the numbers of `live`.

    The picture is sent until the browser says that it has it: then `st.session_state[key]["has"]` is its token.
    """
    token = sha256(json.dumps(picture).encode()).hexdigest()[:12]
    data = live | {"token": token}
    if frames.heard(key, "has") != token:
        data["picture"] = picture
    _mount(key=key, data=[data], height="stretch", on_has_change=_nothing)  # in a dict Streamlit looks for data frames


def _nothing() -> None:
    """Streamlit keeps only values that somebody listens to."""
