"""Links on the pages: the dialog, what whoever watches sees, own copies, and folders of the server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.engine.gate import Gate
from playground.engine.messages import Card, Mark, Pause, Play, Remember, SetKnobs
from playground.ui import sharing, visitor
from playground.ui.components.share import Row, qr
from playground.ui.pages.data import selection
from playground.ui.pages.latent import sample_pool
from playground.ui.visitor import local as really_local
from playground.utils.errors import UserError
from tests.app import test_latent_page, test_race_page
from tests.app.fakes import FakeHost
from tests.app.test_train_page import open_page as open_train
from tests.app.test_train_page import param, texts, widget

RING = PRESETS["ring"].config.model_dump()
RUN, RACE = "run-of-the-owner", "race-of-the-owner"
AWAY = "https://school.example/gan/"
STEERING = ("play", "step", "reset", "remember", "rewind")


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    made = FakeHost()
    made.create(RUN, RING)
    made.runs[RUN].step = 40
    return made


@pytest.fixture
def gate(host: FakeHost, tmp_path: Path) -> Gate:
    return Gate(host, tmp_path)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> dict[str, Row]:
    """What the dialog lists, by its keys."""
    found: dict[str, Row] = {}

    def share(rows: list[Row], **_others: object) -> None:
        found.clear()
        found.update({row.key: row for row in rows})

    monkeypatch.setattr(sharing, "share", share)
    return found


def open_page(gate: Gate, url: str = "", **query: str) -> AppTest:
    return open_train(gate, context={"url": url} if url else {}, **query)  # type: ignore[arg-type]


def keys(page: AppTest) -> set[str]:
    return {button.key for button in page.button}


def query(row: Row) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(row.url).query).items()}


def test_the_dialog_lists_every_link_at_the_address_of_the_browser(gate, rows) -> None:
    page = open_page(gate, AWAY + "?run=1#top", run=RUN)
    page.button(key="share").click().run()
    assert list(rows) == ["watch", "fresh", "moment", "steer"]
    for row in rows.values():
        assert row.url.startswith(AWAY + "?") or row.make
        assert RUN not in row.url
        assert bool(qr(row.url)) == bool(row.url)
    assert query(rows["watch"]) == {"run": gate.share(RUN, "watch")}
    assert query(rows["steer"]) == {"run": gate.share(RUN, "steer")}
    assert query(rows["fresh"]) == {"preset": "ring"}
    assert "work on this computer only" not in " ".join(caption.value for caption in page.caption)


def test_whoever_copies_comes_into_the_lesson(gate, rows) -> None:
    page = open_page(gate, AWAY, run=RUN, lesson="two-networks", at="3")
    page.button(key="share").click().run()
    assert query(rows["fresh"]) == {"preset": "ring", "lesson": "two-networks", "at": "3"}
    assert not {"lesson", "at"} & (query(rows["watch"]).keys() | query(rows["steer"]).keys())


def test_links_of_this_computer_are_said_to_be_so(gate, rows) -> None:
    page = open_page(gate, "http://localhost:8501/", run=RUN)
    page.button(key="share").click().run()
    assert "work on this computer only" in " ".join(caption.value for caption in page.caption)


def test_whoever_watches_sees_the_run_move_and_has_nothing_to_steer_it(gate, host, rows) -> None:
    page = open_page(gate, run=gate.share(RUN, "watch"))
    assert "You are watching." in texts(page)
    assert not keys(page) & set(STEERING)
    assert all(widget(page, knob).disabled for knob in ("objective", "g_lr", "batch_size", "dataset"))
    assert all(page.button(key=key).disabled for key in ("preset", "undo", "redo"))
    host.send(RUN, Play())
    page.run()
    assert f"<b>{host.runs[RUN].step}</b>" in "".join(element.proto.body for element in page.get("html"))
    page.button(key="share").click().run()
    assert list(rows) == ["watch", "fresh"]
    assert query(rows["watch"])["run"] == param(page, "run")
    page.button_group(key="side").set_value("walk").run()
    assert not page.warning
    assert "Take your own copy" not in texts(page), "nothing was refused"
    assert host.commands == [Play()]


def test_whoever_watches_has_no_buttons_that_train_on_the_latent_page(gate, host) -> None:
    host.runs[RUN].step = 0
    for id_, steers in ((RUN, True), (gate.share(RUN, "watch"), False)):
        page = test_latent_page.open_with(gate, id_)
        assert not page.exception
        assert ("You are watching." in texts(page)) != steers
        assert keys(page) & {"latent_play", "latent_step"} == ({"latent_play", "latent_step"} if steers else set())
        assert ("latent_begin" in keys(page)) == steers, "the button that begins the training"


def test_forged_messages_of_whoever_watches_reach_no_run(gate, host) -> None:
    """A widget that is disabled may still be changed by what a browser sends."""
    page = open_page(gate, run=gate.share(RUN, "watch"))
    for control, value in ((widget(page, "g_lr"), 0.02), (widget(page, "objective"), "wgan")):
        control.proto.disabled = False
        control.set_value(value)
    page.run()
    assert host.commands == []
    assert host.runs[RUN].config == RING

    def steer() -> None:
        import streamlit as st

        from playground.config.presets import PRESETS
        from playground.engine.messages import Reset
        from playground.ui import calls, knobs, past, session
        from playground.ui.pages.data.selection import train_on
        from playground.ui.pages.latent.sample_pool import use_as_fixed_z

        session.run_id()
        session.send(Reset())
        past.step_through("both")
        past.cure({"r1": 1.0}, None)
        past.rewind()
        calls.call("pin", session.run_id())
        use_as_fixed_z(st.session_state["_z"], 0)
        train_on(st.session_state["_set"], st.session_state["_choice"], st.session_state["_card"])
        session.set_knobs(PRESETS["digits"].config.model_dump())
        knobs.choose("digits")
        session.step_back()

    forged = AppTest.from_function(steer, default_timeout=30)
    forged.session_state["_host"] = gate
    forged.session_state["_z"] = sample_pool.np.zeros((1, 2))
    forged.session_state["_set"] = selection.Shown("grid")
    forged.session_state["_choice"] = selection.Choice()
    forged.session_state["_card"] = Card("ready", n=10, shape=(2,))
    forged.query_params["run"] = gate.share(RUN, "watch")
    forged.run()
    assert not forged.exception
    assert host.commands == []
    assert host.runs[RUN].marks == []


@pytest.mark.parametrize(("button", "step"), [("copy_0", 40), ("copy_1", 0)])
def test_an_own_copy_is_a_run_of_ones_own(gate, host, button: str, step: int) -> None:
    page = open_page(gate, run=gate.share(RUN, "watch"))
    page.button(key=button).click().run()
    copy = param(page, "run")
    assert set(host.runs) == {RUN, copy}
    assert (host.runs[copy].step, host.runs[copy].config) == (step, RING)
    assert "play" in keys(page)
    page.button(key="play").click().run()
    assert (host.runs[copy].status, host.runs[RUN].status, host.runs[RUN].step) == ("playing", "paused", 40)


def test_a_link_to_copy_makes_one_run_for_each_visitor(gate, host, rows) -> None:
    page = open_page(gate, AWAY, run=RUN)
    page.button(key="share").click().run()
    link = gate.share(RUN, "copy")
    known = set(host.runs)
    first, second = (open_page(gate, run=link) for _ in range(2))
    first.query_params["run"] = link  # a message that left the browser before it heard of the copy
    first.run()
    assert set(host.runs) - known == {param(first, "run"), param(second, "run")}
    assert len(set(host.runs) - known) == 2
    assert "play" in keys(first)


def test_a_copy_that_cannot_be_made_is_said(gate, host, rows, monkeypatch) -> None:
    page = open_page(gate, AWAY, run=RUN)

    def refuse(*_: object) -> None:
        raise UserError("This run is not ready yet.")

    monkeypatch.setattr(host, "fork", refuse)
    links = sharing._links
    monkeypatch.setattr(sharing, "_links", lambda shared: (sharing._make(shared()), links(shared)))  # pressed before
    page.button(key="share").click().run()
    assert "This run is not ready yet." in " ".join(warning.value for warning in page.warning)
    assert rows["moment"].make


def test_a_link_that_has_ended_is_said(gate, host) -> None:
    links = [gate.share(RUN, role) for role in ("watch", "copy")]
    page = open_page(gate, run=RUN)
    page.button(key="share").click().run()
    page.button(key="share_end").click().run()
    page.button(key="share_end_yes").click().run()
    assert not any(map(gate.exists, links))
    for link, sentence in zip(links, ("not known here", "has ended"), strict=True):
        visit = open_page(gate, run=link)
        assert sentence in texts(visit)
        assert param(visit, "run") not in (RUN, link)


def test_the_owner_sees_how_many_watch(gate) -> None:
    watch = gate.share(RUN, "watch")
    page = open_page(gate, run=RUN)
    assert page.button(key="share").label == "Share"
    for _ in range(2):
        open_page(gate, run=watch)
    assert page.run().button(key="share").label == "Share · 2 watching"


def test_a_co_teacher_steers(gate, host) -> None:
    page = open_page(gate, run=gate.share(RUN, "steer"))
    page.button(key="play").click().run()
    assert host.commands == [Play(by="co-teacher")]
    page.button(key="share").click().run()
    assert "share_end" not in keys(page)
    owner = open_page(gate, run=RUN)
    owner.button(key="play").click().run()
    assert host.commands[-1] == Pause()


def test_a_race_is_watched_with_its_own_lanes(gate, host, rows) -> None:
    gate.race(RACE, [RING, RING | {"r1": 1.0}, RING | {"seed": 3}])
    owner = test_race_page.open_page(gate, race=RACE, of="own", preset="ring", lanes="r1=0.1;r1=1;seed=3")  # type: ignore[arg-type]
    owner.button(key="share").click().run()
    assert list(rows) == ["watch", "fresh", "steer"]
    assert RACE not in "".join(row.url for row in rows.values())
    watch = query(rows["watch"])["race"]
    page = test_race_page.open_page(gate, race=watch)  # type: ignore[arg-type]
    assert not page.exception
    assert "You are watching." in texts(page)
    assert not keys(page) & {"race_play", "race_step", "race_reset"}
    assert page.selectbox(key="race_choice").disabled
    assert page.session_state["_race"].configs == owner.session_state["_race"].configs
    for button, step in (("race_copy_0", 40), ("race_copy_1", 0)):
        page = test_race_page.open_page(gate, race=watch)  # type: ignore[arg-type]
        for lane in host.races[RACE].lanes:
            host.runs[lane].step = 40
        page.button(key=button).click().run()
        assert not page.exception
        copy = param(page, "race")
        assert copy not in (RACE, watch)
        assert page.session_state["_race"].configs == owner.session_state["_race"].configs
        assert [host.runs[lane].step for lane in host.races[copy].lanes] == [step] * 3
        assert "race_play" in keys(page)
    assert host.commands == []
    with_me = test_race_page.open_page(gate, race=query(rows["steer"])["race"])  # type: ignore[arg-type]
    with_me.button(key="race_play").click().run()
    assert host.commands == [Play(by="co-teacher")]


def test_a_link_to_copy_a_race_makes_one_for_each_visitor(gate, host, rows) -> None:
    gate.race(RACE, [RING, RING | {"r1": 1.0}])
    for lane in host.races[RACE].lanes:
        host.runs[lane].step = 40
    owner = test_race_page.open_page(gate, race=RACE, of="own", preset="ring", lanes="r1=0.1;r1=1")  # type: ignore[arg-type]
    owner.button(key="share").click().run()
    assert list(rows) == ["watch", "fresh", "moment", "steer"]
    assert rows["moment"].make
    link, known = gate.share(RACE, "copy"), set(host.races)
    first, second = (test_race_page.open_page(gate, race=link) for _ in range(2))  # type: ignore[arg-type]
    first.query_params["race"] = link  # a message that left the browser before it heard of the copy
    first.run()
    assert set(host.races) - known == {param(first, "race"), param(second, "race")}
    assert len(set(host.races) - known) == 2
    assert "race_play" in keys(first)
    assert [host.runs[lane].step for lane in host.races[param(first, "race")].lanes] == [40, 40]
    gate.unshare(RACE)
    late = test_race_page.open_page(gate, race=link)  # type: ignore[arg-type]
    assert "has ended" in texts(late)
    assert param(late, "race") not in (RACE, link)


# Folders


def test_a_race_on_a_folder_is_taken_home_as_curves_only(gate, host) -> None:
    folder = RING | {"folder": "/srv/secret/mnist"}
    gate.race(RACE, [folder, folder | {"r1": 1.0}])
    watch = gate.share(RACE, "watch")
    for url, runs in (("http://localhost:8501", ["Zip of A", "Zip of B"]), (AWAY, [])):
        page = test_race_page.open_page(gate, context={"url": url}, race=watch)  # type: ignore[arg-type]
        assert not page.exception
        labels = [button.proto.label for button in page.get("download_button")]
        assert labels == ["PNG", "SVG", "CSV", *runs]


def test_moments_of_a_folder_do_not_name_it_elsewhere(gate, host) -> None:
    folder = "/srv/secret/mnist"
    text = f"Folder: {folder} → "
    host.runs[RUN].marks = [Mark(1, 0, 0, "change", text, True, ("idx", folder)), Mark(2, 0, 0, "start", "", True)]
    named = {"_named_folders": {folder}}
    for url, state, shown in (("http://localhost", {}, True), (AWAY, named, True), (AWAY, {}, False)):
        page = open_page(gate, url, run=RUN)
        for key, value in state.items():
            page.session_state[key] = value
        [mark, other] = page.run().session_state["_latest"].moments
        assert not page.exception
        assert mark.data == ("idx", folder if shown else "")
        assert (folder in mark.text) == shown
        assert other == host.runs[RUN].marks[1]


def test_a_folder_of_the_server_is_shown_only_there_or_to_who_named_it(gate, host, rows) -> None:
    folder = "/srv/secret/mnist"
    host.create(NEW := "run-with-a-folder", RING | {"folder": folder})
    host.runs[NEW].notice = f"There is no folder {folder}."
    here = open_page(gate, "http://localhost:8501", run=NEW)
    assert folder in texts(here)
    assert widget(here, "folder").value == folder
    here.button(key="share").click().run()
    assert list(rows) == ["watch", "steer"]
    assert "secret" not in "".join(row.url for row in rows.values())
    named = open_page(gate, AWAY, run=NEW, folder=folder)
    assert folder in texts(named)
    for id_ in (NEW, gate.share(NEW, "watch")):
        page = open_page(gate, AWAY, run=id_)
        assert "There is no folder …." in texts(page)
        assert "secret" not in str(page) + str(page.query_params)
        gate.send(NEW, Remember())
        page.button(key="home").click().run()
        assert [b.label for b in page.get("download_button")] != []
        assert "Zip with all its moments" not in [b.label for b in page.get("download_button")]
        host.runs[NEW].marks.clear()


def test_where_the_app_keeps_its_files_is_not_said_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    sentence = f"Put the file into {tmp_path}/weights, not into {Path.home()}."
    for local, shown in ((True, sentence), (False, "Put the file into …/weights, not into ….")):
        monkeypatch.setattr(visitor, "local", lambda local=local: local)
        assert visitor.hide(sentence) == shown
        card = Card("failed", sentence, findings=(sentence,))
        assert visitor.may_see(card) == replace(card, sentence=shown, findings=(shown,))


@pytest.mark.parametrize(
    ("ip", "headers", "url", "local"),
    [
        (None, {}, "", True),
        (None, {"Origin": "http://localhost:8501"}, "http://localhost:8501/race", True),
        (None, {"X-Forwarded-For": "10.0.0.7"}, "http://localhost:8501", False),
        (None, {"Origin": "https://school.example"}, "", False),
        (None, {}, "https://school.example/gan", False),
        ("10.0.0.7", {"Origin": "http://localhost:8501"}, "http://localhost:8501", False),
    ],
)
def test_who_is_on_the_machine_of_the_server(monkeypatch, ip, headers, url, local) -> None:
    class Context:
        ip_address = ip

    Context.headers = headers  # type: ignore[attr-defined]
    monkeypatch.setattr(visitor.st, "context", Context)
    monkeypatch.setattr(visitor, "address", lambda: url)
    assert really_local() == local


def test_knobs_that_a_visitor_names_are_theirs(gate, host) -> None:
    page = open_page(gate, AWAY, run=RUN)
    page.session_state["_named_folders"] = {"/srv/mine"}
    host.send(RUN, SetKnobs({"folder": "/srv/mine"}))
    page.run()
    assert param(page, "folder") == "/srv/mine"
