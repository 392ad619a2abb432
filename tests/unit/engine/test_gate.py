"""Links: whoever has one to look or to copy can change nothing, whatever they call; what each of them is for."""

import dataclasses
import pickle
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.config.presets import PRESETS
from playground.engine import gate as gate_module
from playground.engine import links
from playground.engine.api import METHODS
from playground.engine.engine import Engine
from playground.engine.gate import AS_THEY_ARE, MAY, Gate
from playground.engine.messages import (
    Command,
    Pause,
    Play,
    Remember,
    Reset,
    Rewind,
    SetKnobs,
    Step,
    StepThrough,
    UseFixedZ,
    View,
)
from playground.latent.questions import Scores, Study
from playground.utils.errors import UserError

RING = PRESETS["ring"].config.model_dump()
RUN, NEW, RACE = "run-a-for-the-test", "run-b-for-the-test", "race-for-the-test"
COMMANDS: list[Command] = [
    Play(), Pause(), Step(), StepThrough(), SetKnobs({"r1": 1.0}), SetKnobs({"z_dim": 3}), Reset(),
    UseFixedZ(np.zeros((1, 2), np.float32)), Remember(), Rewind(1), Play(by="co-teacher"),
]  # fmt: skip


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    engine = Engine(tmp_path).start()
    yield Gate(engine, tmp_path / "links")
    engine.stop()


def until(gate: Gate, run: str, found: Callable[[View], bool]) -> View:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        view = gate.view(run)
        if view is not None and view.status != "loading" and found(view):
            return view
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def trained(gate: Gate, steps: int = 3) -> View:
    gate.create(RUN, RING)
    for _ in range(steps):
        gate.send(RUN, Step())
    gate.send(RUN, Remember())
    return until(gate, RUN, lambda view: view.step == steps and any(mark.kind == "kept" for mark in view.moments))


def weights(gate: Gate, run: str) -> bytes:
    """What G makes of some latents: other weights make other samples."""
    samples: np.ndarray = gate.sample(run, np.linspace(-1, 1, 8, dtype=np.float32).reshape(4, 2), None, "raw")
    return samples.tobytes()


def same(view: View, before: View) -> bool:
    """Whether nothing of a run changed, but for how often it was published."""
    there, was = (pickle.dumps(dataclasses.replace(one, version=0, run="", origin=None)) for one in (view, before))
    return there == was


def test_every_method_is_judged() -> None:
    assert set(METHODS) == {*MAY, *AS_THEY_ARE, "health"}  # which is about no run
    assert {type(command) for command in COMMANDS} == set(Command.__args__)


@pytest.mark.parametrize("role", ["watch", "copy"])
def test_a_link_to_look_or_to_copy_changes_nothing(gate: Gate, role: links.Role) -> None:
    before = trained(gate)
    link, kept = gate.share(RUN, role), weights(gate, RUN)
    marks = [mark.id for mark in before.moments]
    calls: list[tuple[str, tuple[Any, ...]]] = [
        *(("send", (link, command)) for command in COMMANDS),
        ("create", (link, RING)),
        ("race", (link, [RING, RING])),
        ("pin", (link,)),
        ("drop", (link, Scores(np.zeros((1, 2), np.float32), None))),
        ("fork", (link, marks[-1], {}, link)),
        ("fork", (link, marks[-1], {"r1": 9.0}, RUN)),
        ("fork", (link, None, {}, RUN)),
        ("open", (link, gate.pack(RUN))),
        ("share", (link, "steer")),
        ("share", (link, "copy", marks[-1])),
        ("unshare", (link,)),
    ]
    for method, arguments in calls:
        with pytest.raises(UserError):
            getattr(gate, method)(*arguments)
    gate.cancel(link, "ring", "")
    gate.attend(link, "somebody") if role == "watch" else None
    gate.send(RUN, SetKnobs({}))  # whatever slipped through comes before this
    assert same(until(gate, RUN, lambda view: True), before)
    assert weights(gate, RUN) == kept
    assert gate.exists(link)


def test_a_race_that_is_watched_cannot_be_steered(gate: Gate) -> None:
    gate.race(RACE, [RING, RING | {"r1": 1.0}])
    link = gate.share(RACE, "watch")
    lanes = gate.race_view(link).lanes
    assert lanes == (f"{link}-1", f"{link}-2")
    for name in (link, *lanes):
        for command in COMMANDS:
            with pytest.raises(UserError):
                gate.send(name, command)
        with pytest.raises(UserError):
            gate.race(name, [RING, RING])
        with pytest.raises(UserError):
            gate.pin(name)
    gate.send(RACE, Step())
    assert until(gate, lanes[1], lambda view: view.step == 1).run == lanes[1]
    gate.send(gate.share(RACE, "steer"), Step())
    assert until(gate, lanes[0], lambda view: view.step == 2).run == lanes[0]
    assert gate.view(f"{link}-1").config["r1"] == 0.1 != gate.view(f"{link}-2").config["r1"]
    assert gate.view(f"{link}-3") is None
    assert gate.view(f"{gate.share(f'{RACE}-1', 'watch')}-1") is None  # a link to one run has no lanes


def test_whoever_watches_sees_all_and_no_id_but_that_of_the_link(gate: Gate) -> None:
    trained(gate)
    gate.fork(RUN, None, {}, NEW)  # whose origin is the first run
    link = gate.share(NEW, "watch")
    gate.send(NEW, Play())
    live = until(gate, link, lambda view: view.step > 3)
    gate.send(NEW, Pause())
    live = until(gate, link, lambda view: view.status == "paused")
    z = np.zeros((1, 2), np.float32)
    found = [
        live, gate.past(link, live.moments[0].id), gate.film(link), gate.strip(link, 0), gate.record(link),
        gate.study(link, Scores(z, None)), gate.sample(link, z),
        gate.recipe(link), gate.recipe(link, with_data=True),
    ]  # fmt: skip
    assert [bool(one.data) for one in found[-2:]] == [False, True]
    for ids in (RUN, NEW):
        assert ids.encode() not in pickle.dumps(found)
        assert ids.encode() not in gate.pack(link)
        assert ids not in link
    assert {view.run for view in (live, *gate.film(link))} == {link}


def test_an_own_copy_goes_on_alone(gate: Gate) -> None:
    before = trained(gate)
    kept = weights(gate, RUN)
    gate.fork(gate.share(RUN, "watch"), None, {}, NEW)
    copied = until(gate, NEW, lambda view: True)
    assert (copied.step, copied.run, weights(gate, NEW)) == (3, NEW, kept)
    assert len(copied.history["step"]) == len(before.history["step"])
    gate.send(NEW, SetKnobs({"r1": 1.0}))
    gate.send(NEW, Step())
    assert until(gate, NEW, lambda view: view.step == 4).config["r1"] == 1.0
    assert weights(gate, NEW) != kept
    assert same(until(gate, RUN, lambda view: True), before)
    assert weights(gate, RUN) == kept


def test_a_link_to_copy_keeps_its_moment_while_the_run_goes_on(gate: Gate) -> None:
    trained(gate)
    link, kept = gate.share(RUN, "copy"), weights(gate, RUN)
    gate.send(RUN, Step())
    until(gate, RUN, lambda view: view.step == 4)
    gate.fork(link, None, {}, NEW)
    assert (until(gate, NEW, lambda view: True).step, weights(gate, NEW)) == (3, kept)
    assert gate.share(RUN, "copy") != link
    with pytest.raises(UserError):
        gate.view(link)


def test_a_copy_of_a_race_goes_on_from_its_moment_alone(gate: Gate) -> None:
    gate.race(RACE, [RING, RING | {"seed": 1}])
    for _ in range(3):
        gate.send(RACE, Step())
    until(gate, f"{RACE}-2", lambda view: view.step == 3)
    kept = [weights(gate, f"{RACE}-{n}") for n in (1, 2)]
    link = gate.share(RACE, "copy")
    assert gate.exists(link)
    gate.send(RACE, Step())
    until(gate, f"{RACE}-2", lambda view: view.step == 4)
    for source, new, step in ((link, NEW, 3), (gate.share(RACE, "watch"), f"{NEW}-of-those-who-watch", 4)):
        gate.fork(source, None, {}, new)
        lanes = gate.race_view(new).lanes
        assert lanes == (f"{new}-1", f"{new}-2")
        assert [until(gate, lane, lambda view: True).step for lane in lanes] == [step, step]
        assert ([weights(gate, lane) for lane in lanes] == kept) == (step == 3)
        with pytest.raises(UserError, match="of this name"):
            gate.fork(source, None, {}, new)
    gate.send(NEW, Step())
    until(gate, f"{NEW}-1", lambda view: view.step == 4)
    assert weights(gate, f"{NEW}-1") == weights(gate, f"{RACE}-1"), "the same step from the same weights"
    gate.send(NEW, Step())
    until(gate, f"{NEW}-1", lambda view: view.step == 5)
    assert until(gate, f"{RACE}-1", lambda view: True).step == 4
    with pytest.raises(UserError):
        gate.race_view(link)
    gate.unshare(RACE)
    assert not gate.exists(link)


def test_links_outlive_the_engine_until_they_are_ended(tmp_path: Path) -> None:
    engine = Engine(tmp_path).start()
    gate = Gate(engine, tmp_path / "links")
    trained(gate)
    watch, copy, steer = (gate.share(RUN, role) for role in links.ROLES)
    engine.stop()
    engine = Engine(tmp_path).start()
    try:
        gate = Gate(engine, tmp_path / "links")
        assert until(gate, watch, lambda view: True).step == 3
        assert gate.share(RUN, "watch") == watch
        gate.fork(copy, None, {}, NEW)
        assert until(gate, NEW, lambda view: True).step == 3
        gate.send(steer, Step())
        until(gate, watch, lambda view: view.step == 4)
        for link in (watch, steer):
            with pytest.raises(UserError):
                gate.unshare(link)
        gate.unshare(RUN)
        assert [gate.exists(link) for link in (watch, steer, copy)] == [False] * 3
        assert gate.view(watch) is None
        with pytest.raises(UserError, match="ended"):
            gate.send(steer, Play())
        with pytest.raises(UserError, match="ended"):
            gate.fork(copy, None, {}, f"{NEW}-2")
        assert gate.share(RUN, "watch") not in (watch, steer, copy)
    finally:
        engine.stop()


def test_ids_cannot_be_guessed_or_made_up(gate: Gate, tmp_path: Path) -> None:
    trained(gate)
    link = gate.share(RUN, "watch")
    assert re.fullmatch(r"watch\.[a-z2-7]{24}", link)
    assert RUN not in link
    secret = link.partition(".")[2]
    for made_up in (f"steer.{secret}", f"watch.{'a' * 24}", "watch.../../runs/x", f"{link}-1", f"../links/{link}"):
        assert not gate.exists(made_up)
        with pytest.raises(UserError):
            gate.send(made_up, Play())
    (tmp_path / "links" / f"{link}.json").write_text('{"run": "../secret", "role": "steer"}')
    assert not gate.exists(link)


def test_events_say_what_a_co_teacher_did(gate: Gate) -> None:
    trained(gate)
    steer = gate.share(RUN, "steer")
    gate.send(RUN, SetKnobs({"r1": 1.0}))
    gate.send(steer, SetKnobs({"r1": 2.0}))
    gate.send(steer, Play())
    gate.send(RUN, Pause())
    gate.send(RUN, SetKnobs({"r2": 1.0}))
    texts = [event.text for event in until(gate, RUN, lambda view: view.config["r2"] == 1.0).user_events]
    assert [text.startswith("Co-teacher: ") for text in texts[-4:]] == [False, True, True, False]
    assert texts[-2] == "Co-teacher: Play"


def test_those_who_watch_are_counted(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(gate)
    watch, steer = gate.share(RUN, "watch"), gate.share(RUN, "steer")
    for who in ("one", "two", "one"):
        gate.attend(watch, who)
    assert (gate.attend(RUN), gate.attend(steer, "co-teacher")) == (2, 2)
    monkeypatch.setattr(gate_module, "HERE_FOR", 0.0)
    assert gate.attend(RUN) == 0


def test_those_who_watch_cannot_crowd_out_the_questions_of_the_owner(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(gate)
    monkeypatch.setattr(gate_module, "MOST_STUDIES", 1)
    watch = gate.share(RUN, "watch")
    first, second = (Scores(np.full((1, 2), x, np.float32), None) for x in (0.0, 1.0))
    assert isinstance(gate.study(watch, first), Study)
    with pytest.raises(UserError, match="own copy"):
        gate.study(watch, second)
    assert isinstance(gate.study(watch, first), Study)
    assert isinstance(gate.study(RUN, second), Study)


def test_what_is_noted_of_watchers_does_not_grow(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    gate.create(RUN, RING)
    gate.create(NEW, RING)
    for run in (RUN, NEW):
        until(gate, run, lambda view: view.status == "paused")
    links_of = {run: gate.share(run, "watch") for run in (RUN, NEW)}
    gate.attend(links_of[RUN], "somebody")
    gate.study(links_of[RUN], Scores(np.zeros((1, 2), np.float32), None))
    assert gate._here.keys() == gate._asked.keys() == {RUN}
    monkeypatch.setattr(gate_module, "HERE_FOR", 0.0)
    monkeypatch.setattr(gate_module, "GIVEN_UP", 0.0)
    gate.attend(links_of[NEW], "somebody")
    gate.study(links_of[NEW], Scores(np.zeros((1, 2), np.float32), None))
    assert gate._here.keys() == gate._asked.keys() == {NEW}


def test_one_visitor_and_all_have_a_share_of_the_runs(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_SESSION_RUNS", "2")
    monkeypatch.setenv("PLAYGROUND_RUNS", "3")
    mine = [f"a-run-of-one-{n:03}" for n in range(3)]
    for n, run in enumerate(mine[:2]):
        assert gate.admit(run, mine[:n]) == tuple(mine[:n])
        gate.create(run, RING)
    with pytest.raises(UserError, match="You have 2 runs here"):
        gate.admit(mine[2], mine[:2])
    assert gate.admit(mine[1], mine[:1]) == (mine[0],), "what is in memory takes no more"
    assert gate.admit(gate.share(mine[1], "watch"), mine[:2]) == tuple(mine[:2])
    assert gate.admit("a-run-of-another", ["a-run-that-ended"]) == ()
    gate.create("a-run-of-another", RING)
    with pytest.raises(UserError, match="This server has 3 runs"):
        gate.admit("one-run-too-many", [])


def test_who_watches_a_run_shares_its_board(gate: Gate) -> None:
    trained(gate)
    watch, copy = gate.share(RUN, "watch"), gate.share(RUN, "copy")
    gate.quiz_score(watch, "Ada", 9, 12)
    gate.quiz_score(RUN, "Ada", 3, 12)
    assert [(row.name, row.right, row.of) for row in gate.quiz_board(RUN)] == [("Ada", 12, 24)]
    assert gate.quiz_board(watch) == gate.quiz_board(RUN)
    for method, arguments in (("quiz_score", ("Bo", 1, 12)), ("quiz_board", ())):
        with pytest.raises(UserError):
            getattr(gate, method)(copy, *arguments)
