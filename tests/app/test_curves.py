"""What D says, beside the losses: of the latest batch or over the steps."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from playground.engine.messages import Play
from playground.ui.pages.train import beside
from tests.app.fakes import FakeHost
from tests.app.test_train_page import open_page
from tests.sent import unpacked


def chart(page: AppTest, key: str) -> tuple[dict[str, Any], str, str, dict[str, Any] | None]:
    """What the component `key` gets: the figure, its words, its key, its switch."""
    [found] = [element for element in page.get("bidi_component") if element.key == key]
    figure, alt, name, switch = unpacked(found.proto.bytes)
    return figure, alt, name, switch


def trained(host: FakeHost) -> AppTest:
    page = open_page(host, preset="ring")
    [run_id] = host.runs
    host.send(run_id, Play())
    host.runs[run_id].step = 500
    return page.run()


def test_what_d_says_is_shown_of_the_batch_or_over_the_steps() -> None:
    page = trained(FakeHost())
    figure, alt, _name, switch = chart(page, "scores")
    assert switch is not None
    assert (alt, switch["chosen"]) == ("How D scores real and generated samples", beside.BATCH)
    assert "unifiedhovertitle" in figure["layout"]["xaxis"]
    page.session_state[beside.ASKED] = beside.STEPS  # as the switch's callback does
    page.run()
    assert not page.exception
    figure, alt, name, switch = chart(page, "scores")
    assert switch is not None
    assert (alt, name, switch["chosen"]) == (
        "D's mean score of real and generated samples over the steps",
        "scores",
        beside.STEPS,
    )
    assert [trace["name"] for trace in figure["data"]] == ["real", "generated"]
    assert figure["layout"]["yaxis"]["range"] == [0, 1]
    assert figure["layout"]["xaxis"]["range"][1] > 500


def test_the_losses_come_with_a_text_and_a_key_of_their_own() -> None:
    figure, alt, name, switch = chart(trained(FakeHost()), "losses")
    assert (alt, name, switch) == ("Losses of D and G over the steps", "losses", None)
    assert [item[3] for item in figure["items"]][:2] == ["D", "G"], "each switches its own line"
