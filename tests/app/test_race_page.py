"""The Race page against a host without an engine."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.config.races import DEFAULT, RACES
from playground.engine.messages import Pause, Play, RaceView, Reset, Step
from playground.export import race_files
from playground.ui.modalities import ON_PAGES
from playground.ui.pages.race import download as race_download
from playground.ui.pages.race import page as race_page
from playground.ui.pages.race import state, verdict
from playground.ui.pages.race.overlay import CURVES, MODES, overlay
from playground.ui.style import DARK, LIGHT
from tests.app.fakes import FakeHost
from tests.app.form import read

ID = "race-of-this-test"


def _door() -> None:
    import streamlit as st

    from playground.ui import projector
    from playground.ui.pages import entry

    race = entry("race")
    race._default = True
    page = st.navigation([race, entry("train")])
    projector.corner()  # as every page has it
    page.run()


def open_page(host: FakeHost, *, context: dict[str, str] | None = None, **query: str) -> AppTest:
    page = AppTest.from_function(_door, default_timeout=60)
    page.context = context or {}
    page.session_state["_host"] = host
    for name, value in query.items():
        page.query_params[name] = value
    page.run()  # makes the race
    return page.run()


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


def param(page: AppTest, name: str) -> str:
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def html(page: AppTest) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def texts(page: AppTest) -> str:
    return "\n".join(read(element.value) for element in [*page.markdown, *page.caption])


def lanes(host: FakeHost, page: AppTest) -> list[dict]:  # type: ignore[type-arg]
    return [host.runs[lane].config for lane in host.races[param(page, "race")].lanes]


@pytest.mark.parametrize("key", RACES)
def test_each_race_is_ready_to_play(host: FakeHost, key: str) -> None:
    page = open_page(host, of=key)
    assert not page.exception
    race = RACES[key]
    assert lanes(host, page) == [config.model_dump() for config in race.configs]
    assert page.button(key="race_play").label == "Play"
    assert "Press Play" in texts(page)
    assert all(lane.name in html(page) for lane in race.lanes)
    assert len([b for b in page.button if b.label == "Open"]) == len(race.lanes)


def test_the_link_finds_the_race_again(host: FakeHost) -> None:
    page = open_page(host)
    assert param(page, "of") == DEFAULT
    again = open_page(host, race=param(page, "race"), of=param(page, "of"))
    assert param(again, "race") == param(page, "race")
    assert len(host.races) == 1


def test_play_pause_step_reach_the_race(host: FakeHost) -> None:
    page = open_page(host)
    page.button(key="race_play").click().run()
    assert page.button(key="race_play").label == "Pause"
    assert page.button(key="race_step").disabled
    page.button(key="race_play").click().run()
    page.button(key="race_step").click().run()
    assert host.commands == [Play(), Pause(), Step()]
    steps = {host.runs[lane].step for lane in host.races[param(page, "race")].lanes}
    assert len(steps) == 1
    assert f"<b>{steps.pop()}</b>" in html(page)


def test_reset_asks_where_progress_would_be_lost(host: FakeHost) -> None:
    page = open_page(host)
    page.button(key="race_reset").click().run()
    assert host.commands == [Reset()]
    page.button(key="race_step").click().run()
    page.button(key="race_reset").click().run()
    page.button(key="race_no").click().run()
    assert host.commands == [Reset(), Step()]
    page.button(key="race_reset").click().run()
    page.button(key="race_yes").click().run()
    assert host.commands == [Reset(), Step(), Reset()]


def test_who_is_ahead_is_said_with_what_it_has(host: FakeHost) -> None:
    page = open_page(host, of="average")
    page.button(key="race_step").click().run()
    assert "Nobody is clearly ahead." in texts(page)
    host.races[param(page, "race")].ahead = (1,)
    page.run()
    assert "**B · Average** is ahead · " in texts(page)
    assert "EMA / raw: " in texts(page)
    assert "of 8 modes" in texts(page)
    assert html(page).count("<i>ahead</i>") == 1


def test_a_race_of_one_s_own_says_what_its_lanes_share() -> None:
    base = PRESETS["ring"].config
    assert "seed and first weights" in state.own(base, [{"r1": 0.0}, {"d_lr": 0.01}]).why
    for change in ({"seed": 7}, {"g_width": 32}):
        assert state.own(base, [{}, change]).why == "The same data; only these knobs differ."


def test_lanes_show_their_quality_as_bars_beside_its_figures(host: FakeHost) -> None:
    page = open_page(host, of="average")
    page.button(key="race_step").click().run()
    bars = re.findall(
        r'<span>([^<]+)</span><span class="bar"><i style="width:(\d+)%"></i></span><span class="n">([^<]+)</span>',
        html(page),
    )
    assert [name for name, _part, _said in bars] == ["modes", "within 3σ"] * 2
    for (_name, part, said), (_other, share, percent) in zip(bars[::2], bars[1::2], strict=True):
        modes, count = re.match(r"(\d+)(?: / \d+)? of (\d+)$", said).groups()  # type: ignore[union-attr]
        assert int(part) == round(100 * int(modes) / int(count))
        assert percent.startswith(f"{share} %"), "the bar is of the weights that are named first"


def test_several_may_be_ahead_of_the_others_and_by_what_is_explained(host: FakeHost) -> None:
    page = open_page(host, of="seeds")
    page.button(key="race_step").click().run()
    host.races[param(page, "race")].ahead = (0, 3, 4)
    page.run()
    assert not page.exception
    assert "**A**, **D** and **E** are ahead of **B** and **C**." in texts(page)
    assert html(page).count("<i>ahead</i>") == 3
    [tip] = re.findall(r'tabindex="0">ahead<span role="tooltip">(.*?)</span>', "".join(m.value for m in page.markdown))
    quality = host.race_view(param(page, "race")).history["quality"][-1]
    assert all(f"{letter} {value:.3g}" in tip for letter, value in zip("ABCDE", quality, strict=True))
    assert "leads by 0.05" in tip


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        ((), "Nobody is clearly ahead."),
        ((1,), "B is ahead"),
        ((0, 1), "A and B are ahead of C, D and E."),
        ((0, 3, 4), "A, D and E are ahead of B and C."),
        ((0, 2, 3, 4), "A, C, D and E are ahead of B."),
    ],
)
def test_the_verdict_in_words(ahead: tuple[int, ...], said: str) -> None:
    assert verdict.sentence(ahead, "ABCDE", "ahead") == said


def test_a_lead_in_distances_is_said_in_percent() -> None:
    history = {"step": np.array([0, 10]), "quality": np.array([[0.5, 0.5], [0.25, float("nan")]])}
    words = verdict.why(RaceView("r", ("r-1", "r-2"), "paused", metric="images", history=history), "AB")
    assert "less is better" in words
    assert "A 0.25, B nan" in words
    assert "nearer by 5 %" in words


def test_a_lane_that_failed_says_so(host: FakeHost) -> None:
    page = open_page(host)
    host.runs[host.races[param(page, "race")].lanes[1]].notice = "Step 5: a *number* became NaN."
    page.run()
    assert "B: Step 5: a \\*number\\* became NaN." in texts(page)


def test_another_race_pauses_this_one(host: FakeHost) -> None:
    page = open_page(host, of="r1")
    first = param(page, "race")
    page.selectbox(key="race_choice").select("seeds").run()
    page.run()
    assert host.commands == [Pause()]
    assert param(page, "race") != first
    assert [config["seed"] for config in lanes(host, page)] == [0, 1, 2, 3, 4]


def test_a_lane_opens_on_the_train_page(host: FakeHost) -> None:
    page = open_page(host)
    lane = host.races[param(page, "race")].lanes[1]
    page.button(key="race_open_1").click().run()
    assert not page.exception
    assert param(page, "run") == lane
    assert page.button(key="play").label == "Play"


def test_a_race_of_ones_own_starts_from_the_run(host: FakeHost) -> None:
    page = open_page(host)
    page.session_state["_config"] = PRESETS["ring"].config.model_dump()
    page.run()
    page.multiselect(key="race_knobs_0").set_value([]).run()
    page.multiselect(key="race_knobs_1").set_value(["g_lr", "batch_size"]).run()
    page.select_slider(key="race_value_1_g_lr").set_value(0.01).run()
    page.select_slider(key="race_value_1_batch_size").set_value(16).run()
    page.button(key="race_start").click().run()
    page.run()
    assert not page.exception
    ring = PRESETS["ring"].config
    assert lanes(host, page) == [ring.model_dump(), ring.changed(g_lr=0.01, batch_size=16).model_dump()]
    assert "Batch size 16, Learning rate of G 0.01" in html(page)
    link = {name: param(page, name) for name in ("race", "of", "preset", "lanes")}
    elsewhere = FakeHost()
    again = open_page(elsewhere, **link)
    assert param(again, "race") == link["race"]
    assert lanes(elsewhere, again) == lanes(host, page)


def test_seeds_are_stepped_one_by_one_if_one_asks_for_it(host: FakeHost) -> None:
    page = open_page(host, of="seeds")
    first = param(page, "race")
    assert not page.toggle(key="race_exact").value
    assert "Only the rounding differs" in texts(page)
    page.toggle(key="race_exact").set_value(True).run()
    page.run()
    assert param(page, "race") != first
    assert param(page, "exact") == "true"
    assert {key: race.exact for key, race in host.races.items()} == {first: False, param(page, "race"): True}
    assert "exactly the numbers that it would give alone" in texts(page)
    again = open_page(host, **{name: param(page, name) for name in ("race", "of", "exact")})
    assert again.toggle(key="race_exact").value
    assert param(again, "race") == param(page, "race")
    elsewhere = FakeHost()
    open_page(elsewhere, of="seeds", exact="true")
    assert [race.exact for race in elsewhere.races.values()] == [True]


def test_the_choice_stays_with_another_race_and_lanes_that_take_turns_anyway_have_none(host: FakeHost) -> None:
    page = open_page(host, of="seeds", exact="true")
    page.selectbox(key="race_choice").select("r1").run()
    page.run()
    assert host.races[param(page, "race")].exact
    assert not page.toggle
    assert "These lanes take turns" in texts(page)
    page.session_state["_config"] = PRESETS["ring"].config.model_dump()
    page.button(key="race_start").click().run()
    page.run()
    assert param(page, "of") == "own"
    assert host.races[param(page, "race")].exact


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"of": "seeds", "exact": "perhaps"}, "“exact” is on or off"),
        ({"of": "horses"}, "no race named"),
        ({"of": "own", "preset": "ring"}, "does not say what the lanes"),
        ({"of": "own", "preset": "ring", "lanes": "r1=0;r1=99999999"}, "outside"),
        ({"of": "own", "preset": "ring", "lanes": "r1=0;dataset=digits,zebra=1"}, "no knob named"),
        ({"of": "own", "preset": "ring", "lanes": ";".join(["r1=0"] * 9)}, "does not say what the lanes"),
        ({"of": "own", "preset": "ring", "lanes": "r1=0;dataset=digits"}, "same data and device"),
        ({"of": "losses", "zebra": "1"}, "ignored: “zebra”"),
        ({"of": "losses", "r1": "5"}, "ignored: “r1”"),
        ({"of": "horses", "zebra": "1"}, "ignored: “zebra”"),
        ({"race": "../../etc"}, "cannot be the name of a race"),
    ],
)
def test_a_link_may_be_wrong(host: FakeHost, query: dict[str, str], said: str) -> None:
    page = open_page(host, **query)
    assert not page.exception
    assert said in texts(page)
    assert all(config["dataset"] == "ring" for config in lanes(host, page))


def test_a_link_to_a_race_with_other_lanes_makes_a_new_one(host: FakeHost) -> None:
    two = param(open_page(host, of="losses"), "race")
    page = open_page(host, race=two, of="seeds")
    assert not page.exception
    assert "has other lanes" in texts(page)
    assert param(page, "race") != two
    assert len(lanes(host, page)) == 5
    assert len(host.races[two].lanes) == 2


def test_the_knobs_that_a_run_no_longer_has_are_no_choice(host: FakeHost) -> None:
    page = open_page(host)
    page.session_state["_config"] = PRESETS["digits"].config.changed(augment="color").model_dump()
    page.run()
    page.multiselect(key="race_knobs_0").set_value(["augment_p"]).run()
    page.session_state["_config"] = PRESETS["ring"].config.model_dump()
    page.run()
    assert not page.exception
    assert page.multiselect(key="race_knobs_0").value == []


def test_a_race_is_taken_home_as_curves_and_as_runs(host: FakeHost) -> None:
    page = open_page(host, of="r1")
    host.send(param(page, "race"), Play())
    for _ in range(4):
        page.run()
    host.send(param(page, "race"), Pause())
    assert not page.exception
    found = race_download.curves(host, param(page, "race"), ["Without R1", "With R1"], dark=False)  # type: ignore[arg-type]
    rows = [row.split(",") for row in race_files.race_csv(found).decode().splitlines()]
    assert rows[0] == ["lane", "step", "quantity", "value"]
    assert {row[0] for row in rows[1:]} == {"A Without R1", "B With R1"}
    assert {"quality", "d_loss", "g_loss"} <= {row[2] for row in rows[1:]}
    lines = [float(row[3]) for row in rows if row[0][0] + row[2] == "Bd_loss"]
    np.testing.assert_allclose(lines, host.view(host.races[param(page, "race")].lanes[1]).history["d_loss"])
    figure = race_files.race_figure(found)
    assert [len(ax.get_lines()) for ax in figure.axes] == [2, 2, 2]
    assert race_files.race_png(found).startswith(b"\x89PNG")
    assert race_files.race_svg(found) == race_files.race_svg(found)
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels == ["PNG", "SVG", "CSV", "Zip of A", "Zip of B"]


def test_images_are_shown_as_grids(host: FakeHost) -> None:
    page = open_page(host, of="own", preset="digits", lanes="r1=0;r1=0.1")
    assert not page.exception
    assert html(page).count("data:image/png") == 2


def test_while_the_engine_starts_there_are_placeholders() -> None:
    host = FakeHost(loading=True)
    page = open_page(host)
    assert not page.exception
    assert html(page).count("lane_empty") == len(RACES[DEFAULT].lanes)
    assert "being made ready" in texts(page)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_lanes_are_told_apart_by_colour_dashes_and_letter(host: FakeHost, palette: object) -> None:
    configs = [config.model_dump() for config in RACES["seeds"].configs]
    host.race(ID, configs)
    for run in host.runs.values():
        run.step = 500
    race_view = host.race_view(ID)
    assert race_view is not None
    views = [host.view(lane) for lane in race_view.lanes]
    for curve in CURVES:
        figure = overlay(curve, race_view, views, state.LETTERS, palette)  # type: ignore[arg-type]
        looks = [(trace["line"]["color"], trace["line"]["dash"], trace["name"]) for trace in figure.data]
        assert [len({look[i] for look in looks}) for i in range(3)] == [5, 5, 5]
        assert [trace["meta"]["label"] for trace in figure.data] == list("ABCDE"), "at the end of each line"
        assert [item.text for item in figure.items] == list("ABCDE")
        assert [trace["meta"]["smooth"] for trace in figure.data] == [curve != "quality"] * 5
    for metric, words in {"modes": MODES, **{key: each.distance for key, each in ON_PAGES.items()}}.items():
        figure = overlay("quality", replace(race_view, metric=metric), views, "ABCDE", LIGHT)
        assert figure.title == words


def test_curves_that_are_not_there_yet_or_not_finite_are_left_out(host: FakeHost) -> None:
    host.race(ID, [config.model_dump() for config in RACES["r1"].configs])
    race_view = host.race_view(ID)
    assert race_view is not None
    broken = replace(race_view, history={"step": np.array([0, 10]), "quality": np.full((2, 2), np.nan)})
    for curve in CURVES:
        figure = overlay(curve, broken, [None, None], "AB", LIGHT)
        assert len(figure.data) == 2
        assert figure.log is None
        go.Figure(figure.to_dict())


def test_every_shortcut_of_a_button_is_listed(host: FakeHost) -> None:
    used = {button.proto.shortcut.upper() for button in open_page(host).button}
    assert used - {""} == {key for key, _text in race_page._keys()} - {"?"}
