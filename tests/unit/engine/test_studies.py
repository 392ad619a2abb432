"""Work beside the training: in pieces, on weights that stay, given up when nobody asks."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.engine import studies as engine_studies
from playground.engine.engine import Engine
from playground.engine.messages import Play, Remember, SetKnobs, Step
from playground.engine.run import Run
from playground.engine.studies import Studies
from playground.latent import studies
from playground.latent.questions import Scores
from playground.utils.errors import UserError

RUN = "s" * 22


def _pieces(n: int) -> Iterator[tuple[int, int]]:
    for done in range(n):
        yield done, n
    return n


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path).start()
    yield engine
    engine.stop()


def _until(condition: Any, seconds: float = 30.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found


def test_pieces_lead_to_a_result_and_stop_at_once_when_asked_to() -> None:
    work = Studies()
    work.begin(("a",), 7, lambda: _pieces(3))
    assert work.busy
    work.go_on(None, lambda: True)
    study = work.find(("a",))
    assert study is not None
    assert (study.step, study.done, study.finished) == (7, 0, False)
    work.go_on(None, lambda: False)
    study = work.find(("a",))
    assert study is not None
    assert (study.result, study.done, study.total) == (3, 3, 3)
    assert not work.busy


def test_beside_a_training_a_study_has_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(engine_studies.time, "perf_counter", lambda: now[0])

    def endless() -> Iterator[tuple[int, int]]:
        while True:
            now[0] += 0.004
            yield 0, 0

    work = Studies()
    work.begin(("a",), 0, endless)
    trained = 0.0
    for _ in range(200):
        trained += 0.03
        work.go_on(0.03, lambda: False)
    assert now[0] / (now[0] + trained) == pytest.approx(engine_studies.SHARE, rel=0.05)


def test_what_nobody_asks_for_is_given_up_and_what_is_finished_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(engine_studies.time, "monotonic", lambda: now[0])
    work = Studies()
    work.begin(("done",), 0, lambda: _pieces(1))
    work.go_on(None, lambda: False)
    work.begin(("left",), 0, lambda: _pieces(10**9))
    now[0] += engine_studies.GIVEN_UP + 1
    work.go_on(0.0, lambda: True)
    assert work.find(("left",)) is None
    assert work.find(("done",)) is not None


def test_a_short_one_does_not_wait_for_a_long_one() -> None:
    looks = iter([False] * 8 + [True])
    work = Studies()
    work.begin(("long",), 0, lambda: _pieces(10**9))
    work.begin(("short",), 0, lambda: _pieces(3))
    work.go_on(None, lambda: next(looks))
    long, short = (work.find((name,)) for name in ("long", "short"))
    assert short is not None
    assert short.finished
    assert long is not None
    assert long.done == 3  # counted from 0


def test_only_so_many_are_kept() -> None:
    work = Studies()
    for k in range(engine_studies.KEPT + 5):
        work.begin((k,), 0, lambda: _pieces(1))
    assert work.find((0,)) is None
    assert work.find((engine_studies.KEPT + 4,)) is not None


def test_errors_become_sentences() -> None:
    def bad(error: Exception) -> Iterator[tuple[int, int]]:
        yield 0, 1
        raise error

    work = Studies()
    work.begin(("user",), 0, lambda: bad(UserError("Choose another one.")))
    work.begin(("bug",), 0, lambda: bad(ValueError("shapes")))
    work.go_on(None, lambda: False)
    user, bug = (work.find((key,)).problem for key in ("user", "bug"))  # type: ignore[union-attr]
    assert user == "Choose another one."
    assert re.fullmatch(r"This could not be worked out \(ValueError\). The server's log has it as [0-9a-f]{6}.", bug)


@pytest.mark.parametrize("preset", ["ring", "digits"])
def test_a_study_looks_at_the_weights_as_they_were_and_changes_nothing(preset: str) -> None:
    run = Run("r", PRESETS[preset].config)
    run.advance(5)
    z = run.trainer.fixed_z[:6].numpy().copy()
    before = run.to_bytes()
    model = run.models.of("ema").frozen()
    expected = studies.answer_now(model, Scores(z))
    assert run.to_bytes() == before
    run.advance(5)
    np.testing.assert_array_equal(studies.answer_now(model, Scores(z)), expected)
    assert not np.array_equal(studies.answer_now(run.models.of("ema"), Scores(z)), expected)


def test_a_pinned_moment_gives_its_samples_again_while_the_run_goes_on() -> None:
    run = Run("r", PRESETS["digits"].config)
    run.advance(5)
    z, y = run.trainer.fixed_z[:6].numpy().copy(), np.arange(6)
    then = run.models.sample(z, y, "ema")
    moment = run.models.pin()
    assert run.models.pin() == moment  # the same weights need no second one
    run.advance(5)
    state = run.to_bytes()
    np.testing.assert_array_equal(run.models.sample(z, y, moment), then)
    assert not np.array_equal(run.models.sample(z, y, "ema"), then)
    assert run.to_bytes() == state
    run.models.study(("key",), Scores(z, y), moment)
    assert run.studies.find(("key",)).step == 5  # type: ignore[union-attr]


def test_a_moment_with_other_networks_is_refused() -> None:
    run = Run("r", PRESETS["ring"].config)
    run.advance(2)
    moment = run.models.pin()
    run.models.sample(np.zeros((1, run.config.z_dim)), None, moment)
    run.set_knobs({"g_width": run.config.g_width + 8})
    with pytest.raises(UserError, match="other networks"):
        run.models.sample(np.zeros((1, run.config.z_dim)), None, moment)


def test_classes_are_mixed_by_weights() -> None:
    run = Run("r", PRESETS["digits"].config)
    z = run.trainer.fixed_z[:4].numpy().copy()
    y = np.array([3, 8, 1, 0])
    np.testing.assert_array_equal(
        run.models.sample(z, np.eye(10, dtype=np.float32)[y], "ema"), run.models.sample(z, y, "ema")
    )
    hard = studies.answer_now(run.models.of("ema"), Scores(z, y))
    soft = studies.answer_now(run.models.of("ema"), Scores(z, np.eye(10)[y]))
    np.testing.assert_allclose(hard, soft, rtol=1e-5)
    for wrong in (np.eye(9)[y], y + 10, np.full((4, 10), np.nan)):
        with pytest.raises(UserError, match="labels"):
            run.models.sample(z, wrong, "ema")


def test_the_engine_answers_while_it_trains(engine: Engine) -> None:
    engine.create(RUN, RunConfig(dataset="ring").model_dump())
    _until(lambda: engine.view(RUN) and engine.view(RUN).status == "paused")  # type: ignore[union-attr]
    engine.send(RUN, Play())
    z = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    z = np.tile(z, (1, engine.view(RUN).config["z_dim"] // 2))  # type: ignore[union-attr]
    study = _until(lambda: (found := engine.study(RUN, Scores(z))).finished and found)
    assert study.result.shape == (8,)
    assert engine.study(RUN, Scores(z)).step == study.step  # not begun again
    later = _until(lambda: (found := engine.study(RUN, Scores(z), since=study.step + 1)).finished and found)
    assert later.step >= study.step
    with pytest.raises(UserError, match="no longer kept"):
        engine.sample(RUN, z, None, 999)
    assert "no longer kept" in _until(lambda: engine.study(RUN, Scores(z), 999).problem)
    assert "numbers each" in _until(lambda: engine.study(RUN, Scores(z[:, :1])).problem)
    moment = engine.pin(RUN)
    first = engine.sample(RUN, z, None, moment)
    engine.send(RUN, Step())
    engine.send(RUN, Remember())
    np.testing.assert_array_equal(engine.sample(RUN, z, None, moment), first)
    engine.send(RUN, SetKnobs({"seed": 9}))
    with pytest.raises(UserError, match="other networks"):
        engine.sample(RUN, z, None, moment)
    engine.drop(RUN, Scores(z))
