"""What Python takes from the browser's sliders."""

from __future__ import annotations

from typing import Any

import pytest

from playground.ui.components import frames, sliders


@pytest.mark.parametrize(
    ("said", "moved"),
    [
        ({"token": "a", "stops": [[0, 3], [2, 12]]}, {0: 3, 2: 12}),
        ({"token": "a", "stops": [[0, -5], [1, 99]]}, {0: 0, 1: 12}),
        ({"token": "a", "stops": [[-1, 3], [3, 3]]}, {}),
        ({"token": "b", "stops": [[0, 3]]}, {}),
        (None, {}),
    ],
)
def test_stops_are_those_of_the_rows_on_show(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, Any] | None, moved: dict[int, int]
) -> None:
    monkeypatch.setattr(frames, "heard", lambda key, name: said)
    assert sliders.moved("key", "a", 3, 13) == moved


@pytest.mark.parametrize(("token", "row", "chosen"), [("a", 2, 2), ("a", 3, None), ("a", -1, None), ("b", 0, None)])
def test_a_button_is_that_of_a_row_on_show(
    monkeypatch: pytest.MonkeyPatch, token: str, row: int, chosen: int | None
) -> None:
    monkeypatch.setattr(frames, "heard", lambda key, name: {"token": token, "row": row})
    assert sliders.chosen("key", "a", 3) == chosen
