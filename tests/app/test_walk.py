"""One step in slow motion on the Train page, without a browser and without an engine."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.engine.messages import Play, StepThrough
from playground.engine.slow_step import step_through
from playground.ui.pages.train import step_captions
from playground.ui.pages.train.charts import phase as figures
from playground.ui.style import LIGHT
from playground.utils.step_record import Phase, Record, Tensor
from tests.app.fakes import FakeHost
from tests.app.test_train_page import only_run, open_page, texts


def open_walk(host: FakeHost, **query: str) -> AppTest:
    page = open_page(host, unfold=False, **{"preset": "ring"} | query)
    return page.button_group(key="side").set_value("walk").run()


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def walk_through(page: AppTest) -> list[str]:
    """What each phase shows, from the one that is on the page to the last."""
    seen = []
    while True:
        assert not page.exception
        seen.append("\n".join([html(page), texts(page), *[code.value for code in page.code]]))
        if page.button(key="walk_next").disabled:
            return seen
        page.button(key="walk_next").click().run()


def test_it_opens_with_a_step_that_it_records_at_once():
    host = FakeHost()
    page = open_walk(host)
    assert not page.exception
    assert host.commands == [StepThrough("both")]
    assert [page.button(key=f"walk_{part}").label for part in ("both", "d", "g")] == ["Both", "D only", "G only"]
    assert page.code
    page.button_group(key="side").set_value("curves").run()
    page.button_group(key="side").set_value("walk").run()
    assert host.commands == [StepThrough("both")], "only where there is none to show"


def test_a_run_that_trains_goes_on_after_the_step_it_opens_with():
    host = FakeHost()
    page = open_page(host, unfold=False, preset="ring")
    page.button(key="play").click().run()
    page.button_group(key="side").set_value("walk").run()
    assert host.commands == [Play(), StepThrough("both"), Play()]
    assert page.code


@pytest.mark.parametrize("preset", ["ring", "digits"])
def test_both_is_walked_through_to_the_end_and_back(preset):
    host = FakeHost()
    page = open_walk(host, preset=preset)
    assert host.commands == [StepThrough("both")]
    record = only_run(host).recording
    assert page.button(key="walk_back").disabled
    seen = walk_through(page)
    assert len(seen) == len(record.phases)
    for i, (shown, phase) in enumerate(zip(seen, record.phases, strict=True)):
        assert f"{i + 1} / {len(seen)}" in shown
        assert step_captions.caption(phase, record).title in shown
        assert phase.code in shown
        for tensor in phase.tensors:
            assert f"({', '.join(map(str, tensor.shape))}{',' if len(tensor.shape) == 1 else ''})" in shown
            first = tensor.values[0] if tensor.values.ndim < 3 else tensor.values[0, 0, 4, 2]
            assert figures.spell(np.ravel(first)[0]) in shown
        if phase.key == "loss":
            assert f"loss <b>{phase.numbers['loss']:.4g}</b>".replace("-", "−") in shown
            assert "def " in shown
    page.button(key="walk_back").click().run()
    assert f"{len(seen) - 1} / {len(seen)}" in html(page)
    page.button(key="walk_g").click().run()
    assert host.commands == [StepThrough("both"), StepThrough("g")]
    assert re.search(r"\b1 / \d+", html(page)), "a new record starts at its first phase"


def test_a_run_that_plays_stays_paused_afterwards():
    host = FakeHost()
    page = open_walk(host)
    page.button(key="play").click().run()
    page.button(key="walk_d").click().run()
    assert host.commands == [StepThrough("both"), Play(), StepThrough("d")]
    assert only_run(host).status == "paused"
    assert page.button(key="play").label == "Play"


def test_the_record_is_asked_of_the_engine_once(monkeypatch):
    host = FakeHost()
    asked = []
    monkeypatch.setattr(host, "record", lambda run_id: asked.append(run_id) or host.runs[run_id].recording)
    page = open_walk(host)
    page.run()
    page.button(key="walk_next").click().run()
    assert len(asked) == 1


def test_nothing_to_record_before_the_engine_is_there():
    page = open_walk(FakeHost(loading=True))
    assert not page.exception
    assert all(page.button(key=f"walk_{part}").disabled for part in ("both", "d", "g"))


# The words


def record_of(part: str = "both", steps: int = 0, preset: str = "ring", **knobs: object) -> Record:
    from playground.engine.run import Run

    run = Run("a-run-for-a-test", PRESETS[preset].config.changed(**knobs))
    run.advance(steps)
    step_through(run, part)
    assert run.record is not None
    return run.record


def words(record: Record, key: str, net: str, turn: int = 1) -> str:
    [phase] = [p for p in record.phases if (p.key, p.net, p.turn) == (key, net, turn)]
    return step_captions.caption(phase, record).text


def test_what_is_frozen_is_said():
    assert "Only D was asked" in words(record_of("d"), "loss", "G")
    assert "Only G was asked" in words(record_of("g"), "loss", "D")
    assert "D is frozen" in words(record_of(d_steps=0), "loss", "D")
    assert "G is frozen" in words(record_of(g_steps=0), "loss", "G")
    assert "head start until step 1\u202f000" in words(record_of(d_head_start=1000), "loss", "G")
    assert "stays as it is" not in words(record_of(), "loss", "D") + words(record_of(), "loss", "G")


def test_a_batch_that_is_used_again_is_said():
    record = record_of(g_steps=2)
    assert "again that D has just learned from" in words(record, "judge_fake", "G")
    assert "again" not in words(record, "draw_z", "G", turn=2)
    assert step_captions.turn(record.phases[-2], record) == "G's turn, update 2 of 2"
    assert step_captions.turn(record.phases[0], record) == "D's turn"


def test_a_penalty_that_rests_is_said():
    assert "R1 rests in this update: it acts in one of 4." in words(
        record_of(steps=1, r1=0.1, penalty_every=4), "backward", "D"
    )
    assert "rests" not in words(record_of(r1=0.1, penalty_every=4), "backward", "D")


ODD = [
    {"r1": 0.1, "r2": 0.1, "gp": 1.0, "dragan": 1.0, "label_smoothing": 0.1, "clip": 0.1, "grad_clip": 0.1},
    {"unroll": 1, "noise": 0.1, "pack": 2, "objective": "ragan"},
    {"preset": "digits", "conditioning": "acgan", "augment": "color", "ada_target": 0.6},
    {"preset": "digits-unlabelled", "network": "dcgan", "g_width": 8, "d_width": 8, "pack": 2},
    {"preset": "digits-unlabelled", "info_categories": 3, "info_codes": 1},
]


@pytest.mark.parametrize("knobs", ODD, ids=["penalties", "ahead", "classes", "packed", "codes"])
def test_every_phase_has_words_numbers_and_a_picture(knobs):
    record = record_of(**knobs)
    keys = {f"{phase.net} {phase.key}" for phase in record.phases}
    assert {key for key in keys if key not in step_captions.CAPTIONS and key[2:] not in step_captions.CAPTIONS} == set()
    for phase in record.phases:
        title, text = step_captions.caption(phase, record)
        assert title
        assert text
        assert "{" not in title + text
        pack = record.config["pack"] if phase.key in ("pack", "judge_real", "judge_fake") else 1
        figures.chart(phase, pack, 2.0, LIGHT)
        figures.images(phase, pack, smooth=True)
        if phase.key == "pack" and len(phase.tensors[0].shape) == 4:
            assert "<img" in figures.images(phase, pack, smooth=False)


def test_every_caption_is_met():
    met = {
        name for knobs in ODD for phase in record_of(**knobs).phases for name in (phase.key, f"{phase.net} {phase.key}")
    }
    met |= {f"{p.net} {p.key}" for p in record_of("g").phases}
    assert set(step_captions.CAPTIONS) <= met


def test_broken_numbers_can_be_shown():
    broken = np.array([np.nan, np.inf, -np.inf, 1e-9], np.float32)
    tensor = Tensor("d", (4,), broken, float("-inf"), float("nan"), float("inf"))
    assert "nan" in figures.table(tensor, LIGHT.ink, "d")
    phase = Phase("judge_real", "D", 1, "d = D(x)", (tensor,))
    assert figures.chart(phase, 1, 1.0, LIGHT) is not None
    assert "nan" in figures.bars({"head": float("nan"), "body": 1.0}, LIGHT.ink)
