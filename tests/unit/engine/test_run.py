"""A run: its history, its events, its moments, and what it does when numbers break."""

import numpy as np
import pytest
import torch

from playground.config.presets import PRESETS, cure_of
from playground.config.run_config import OPTIMISERS, RunConfig
from playground.engine.history import CAPACITY, History
from playground.engine.messages import View
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.metrics.modes import coverage
from playground.training import checkpoint
from playground.training.statistics import COLUMNS, EVERY
from playground.utils import tensorfile
from playground.utils.errors import UserError

CONFIGS = {
    "ring": PRESETS["ring"].config,
    "digits": PRESETS["digits"].config.changed(dropout=0.1),
    "dcgan": PRESETS["digits"].config.changed(network="dcgan", g_width=8, d_width=8, conditional=False),
}


def make(name: str = "ring") -> Run:
    return Run("a-run-for-a-test", CONFIGS[name])


@pytest.mark.parametrize("name", CONFIGS)
def test_a_moment_comes_back_bit_exact(name: str) -> None:
    a = make(name)
    a.advance(33)
    b = Run.from_bytes("another-run-here", a.to_bytes())
    a.advance(27)
    b.advance(27)
    assert a.to_bytes() == b.to_bytes()


SMALL = PRESETS["digits"].config.changed(g_width=8, d_width=8, batch_size=8, d_lr=2e-3, g_lr=1e-3)
PLAIN = SMALL.changed(conditional=False)
REMEMBERED = [  # what a step may depend on, and a moment must therefore hold
    *(SMALL.changed(d_optimiser=kind, g_optimiser=kind, beta1=b) for kind in OPTIMISERS for b in (0.0, 0.7)),
    SMALL.changed(d_optimiser="sgd", g_optimiser="adamw", weight_decay=0.1),
    SMALL.changed(g_norm="spectral", d_norm="spectral", objective="hinge"),
    SMALL.changed(d_norm="batch", r1=0.0, objective="lsgan"),
    SMALL.changed(d_norm="group", g_norm="layer", g_init="orthogonal", d_init="normal", minibatch_std=True),
    PLAIN.changed(augment="color+translation+cutout", ada_target=0.6, augment_p=0.5, pack=2),
    SMALL.changed(d_head_start=8, objective="minimax"),
    SMALL.changed(lr_decay=16, noise=0.3, noise_steps=10),
    SMALL.changed(unroll=2, d_norm="spectral"),
    SMALL.changed(conditioning="acgan", objective="rpgan"),
    SMALL.changed(conditioning="concat", penalty_every=3, d_steps=2, gp=0.1, dragan=0.1),
    PLAIN.changed(objective="wgan", clip=0.05, grad_clip=0.5, g_steps=2, d_optimiser="rmsprop"),
    PLAIN.changed(network="dcgan", pack=2, dropout=0.1, d_norm="spectral", objective="ragan"),
    PRESETS["ring"].config.changed(unroll=1, pack=4, dropout=0.2),
]


@pytest.mark.parametrize("config", REMEMBERED, ids=lambda c: "+".join(sorted(c.differences(SMALL)))[:60])
def test_a_moment_holds_all_that_a_step_depends_on(config: RunConfig) -> None:
    a, at_once = Run("a-run-for-a-test", config), Run("a-run-for-a-test", config)
    at_once.advance(14)
    a.advance(7)
    b = Run.from_bytes("another-run-here", a.to_bytes())
    for run in (a, b):
        run.advance(7)
        assert run.to_bytes() == at_once.to_bytes()
    before = b.to_bytes()
    snapshot(b, 1, "raw")
    snapshot(b, 1, "ema")
    assert b.to_bytes() == before


def test_falling_back_over_a_change_of_optimiser() -> None:
    run = make()
    run.advance(10)
    run.keep_moment()
    run.set_knobs({"d_optimiser": "rmsprop", "g_optimiser": "sgd"})
    run.advance(10)
    with torch.no_grad():
        next(run.trainer.G.parameters()).fill_(float("nan"))
    run.settle()
    assert run.step == 10
    run.advance(10)
    assert run.step == 20
    assert run.config.d_optimiser == "rmsprop"
    assert run.trainer.finite()


@pytest.mark.parametrize("name", CONFIGS)
def test_looking_changes_nothing(name: str) -> None:
    run = make(name)
    run.advance(15)
    before = run.to_bytes()
    snapshot(run, 1, "ema")
    snapshot(run, 2, "raw")
    run.models.sample(np.zeros((3, run.config.z_dim), np.float32), None, "ema")
    assert run.to_bytes() == before
    assert run.trainer.G.training
    assert run.trainer.D.training


def test_a_view_is_plain_and_complete() -> None:
    run = make("digits")
    run.advance(25)
    view = snapshot(run, 7, "ema")
    assert isinstance(view, View)
    assert view.version == 7
    assert view.step == 25
    assert view.samples is not None
    assert view.samples.shape == (100, 8, 8, 1)
    assert view.samples.dtype == np.uint8
    assert view.labels is not None
    assert view.labels.tolist()[:11] == [*range(10), 0]
    assert view.history["step"].tolist() == [10, 20]
    assert not any(isinstance(value, torch.Tensor) for value in vars(view).values())
    points = snapshot(make("ring"), 1, "raw")
    assert points.plane is not None
    assert points.plane.shape == (48, 48)
    assert points.modes is not None
    assert points.mode_count == 8


def test_ema_and_raw_differ_once_trained() -> None:
    run = make()
    run.advance(100)
    assert not np.array_equal(run.images("ema"), run.images("raw"))


def test_knobs_are_noted_and_wrong_ones_change_nothing() -> None:
    run = make()
    run.advance(5)
    run.set_knobs({"g_lr": 1e-4})
    assert run.generation == 0
    assert run.step == 5
    assert "0.002 → 0.0001" in run.events[-1].text
    assert run.events[-1].step == 5
    for bad in ({"g_lr": -1.0}, {"nonsense": 1}, {"network": "dcgan"}):
        with pytest.raises(UserError):
            run.set_knobs(bad)
    assert run.config.g_lr == 1e-4
    assert run.step == 5
    assert len(run.events) == 1
    run.set_knobs({"g_width": 32})
    assert run.generation == 1
    assert run.step == 0
    assert run.events == []


def test_a_structural_change_that_cannot_be_built_leaves_the_run_alone() -> None:
    run = make()
    run.advance(5)
    with pytest.raises(UserError):
        run.set_knobs({"dataset": "idx", "folder": "/no/such/folder"})
    assert run.step == 5
    assert run.config.dataset == "ring"


def test_reset_is_the_same_start() -> None:
    run = make()
    start = run.images()
    run.advance(20)
    assert not np.array_equal(run.images(), start)
    run.reset()
    assert run.step == 0
    assert run.generation == 1
    assert np.array_equal(run.images(), start)


def test_a_preset_is_the_run_that_a_new_one_would_be() -> None:
    failures = [key for key in PRESETS if cure_of(key)]
    run = make()
    for key in [*failures, *failures[::-1]]:
        run.advance(3)
        run.reset({name: v for name, v in PRESETS[key].config.model_dump().items() if v != getattr(run.config, name)})
        new = Run("new", PRESETS[key].config)
        for each in (run, new):
            each.advance(2)
        assert run.config == new.config
        for name, net in new.trainer.nets.items():
            ours = run.trainer.nets[name].parameters()
            assert all(map(torch.equal, ours, net.parameters())), f"{name} of {key}"


def test_nan_goes_back_to_the_last_good_moment() -> None:
    run = make()
    run.status = "playing"
    run.advance(100)
    assert run.keep_moment() is not None
    good = [p.clone() for p in run.trainer.G.parameters()]
    run.advance(50)
    with torch.no_grad():
        next(run.trainer.D.parameters()).fill_(float("nan"))
    run.advance(200)
    assert run.status == "paused"
    assert run.step == 100
    assert "NaN" in run.notice
    assert "step 100" in run.notice
    assert [event.kind for event in run.events if event.kind != "coach"][-1] == "failure"
    assert all(torch.equal(p, q) for p, q in zip(good, run.trainer.G.parameters(), strict=True))
    run.advance(100)
    assert run.step == 200
    assert np.isfinite(run.history.columns()["d_loss"]).all()


def test_a_moment_with_broken_weights_is_never_kept() -> None:
    run = make()
    run.advance(10)
    good = run.keep_moment()
    with torch.no_grad():
        next(run.trainer.G.parameters())[0, 0] = float("inf")
    assert run.keep_moment() is None
    assert run.moment == good


def test_a_knob_that_is_moved_twice_between_two_steps_is_one_event() -> None:
    run = make("ring")
    run.advance(2)
    for value in (0.01, 0.02, 0.05):
        run.set_knobs({"r1": value})
    run.set_knobs({"g_lr": 1e-3})
    assert [event.text for event in run.events][:1] == ["R1 (γ): 0.1 → 0.05"]
    assert len(run.events) == 2
    run.set_knobs({"r1": 0.1})
    assert len(run.events) == 1
    run.set_knobs({"r1": 0.2})
    run.advance(1)
    run.set_knobs({"r1": 0.3})
    assert [event.text for event in run.events][1:] == ["R1 (γ): 0.1 → 0.2", "R1 (γ): 0.2 → 0.3"]


def test_falling_back_keeps_the_knobs_that_a_person_set_since() -> None:
    run = make()
    run.advance(10)
    run.keep_moment()
    run.set_knobs({"g_lr": 0.05})
    with torch.no_grad():
        next(run.trainer.G.parameters()).fill_(float("nan"))
    run.advance(100)
    assert run.step == 10
    assert run.config.g_lr == 0.05


def test_out_of_memory_pauses_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make()
    run.advance(10)
    run.keep_moment()

    def explode() -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(run.trainer, "step", explode)
    run.status = "playing"
    run.advance(10)
    assert run.status == "paused"
    assert "memory" in run.notice
    assert run.step == 10


def test_latents_that_do_not_fit_are_refused() -> None:
    run = make("digits")
    for z, y in (
        (np.zeros((2, 3), np.float32), None),
        (np.full((2, 64), np.nan, np.float32), None),
        (np.zeros((2, 64), np.float32), np.array([0, 10])),
        (np.zeros((2, 64), np.float32), np.array([0])),
    ):
        with pytest.raises(UserError):
            run.models.sample(z, y, "ema")
        with pytest.raises(UserError):
            run.use_fixed_z(z, y)


def test_use_fixed_z_replaces_the_first() -> None:
    run = make("digits")
    z = np.random.default_rng(0).normal(size=(5, 64)).astype(np.float32)
    run.use_fixed_z(z, np.full(5, 7))
    view = snapshot(run, 1, "ema")
    assert view.fixed_z is not None
    assert view.labels is not None
    assert view.samples is not None
    assert np.array_equal(view.fixed_z[:5], z)
    assert view.labels[:6].tolist() == [7, 7, 7, 7, 7, 5]
    assert np.array_equal(run.models.sample(z, np.full(5, 7), "ema"), view.samples[:5])


@pytest.mark.parametrize("junk", [b"", b"hello", b"PK\x03\x04" + b"\0" * 100], ids=["empty", "text", "zip"])
def test_what_is_not_a_checkpoint_is_refused(junk: bytes) -> None:
    with pytest.raises(UserError, match="not a checkpoint"):
        Run.from_bytes("a-run-for-a-test", junk)


def test_a_damaged_checkpoint_is_refused() -> None:
    run = make()
    run.advance(10)
    content = run.to_bytes()
    with pytest.raises(UserError):
        Run.from_bytes("a-run-for-a-test", content[: len(content) // 2])
    for damage in (
        lambda s: s["trainer"]["G"].popitem(),
        lambda s: s["trainer"]["opt_g"][0].update(exp_avg=torch.zeros(3)),
        lambda s: s["trainer"]["config"].update(g_lr=99.0),
        lambda s: s["trainer"]["config"].update(dataset="grid", z_dim=3),
        lambda s: s["history"].update(rows=torch.zeros(4, 2)),
        lambda s: s.pop("trainer"),
        lambda s: s.update(events=[["x"]]),
        lambda s: s.update(schema=99),
    ):
        state = checkpoint.from_bytes(content)
        damage(state)
        with pytest.raises(UserError):
            Run.from_bytes("a-run-for-a-test", checkpoint.to_bytes(state) if "schema" not in state else _raw(state))


def _raw(state: dict) -> bytes:  # type: ignore[type-arg]
    """With the schema that `state` names instead of the current one."""
    return tensorfile.write(state)


def test_a_pickle_is_never_executed() -> None:
    import io
    import os

    class Evil:
        def __reduce__(self):  # type: ignore[no-untyped-def]
            return os.system, ("touch /tmp/never-made-by-gan-playground",)

    buffer = io.BytesIO()
    torch.save({"schema": 1, "trainer": Evil()}, buffer)
    with pytest.raises(UserError, match="not a checkpoint"):
        Run.from_bytes("a-run-for-a-test", buffer.getvalue())
    assert not os.path.exists("/tmp/never-made-by-gan-playground")


def test_history_is_bounded_and_keeps_the_extremes() -> None:
    history = History()
    rows = np.random.default_rng(0).normal(size=(CAPACITY * 2 + 100, len(COLUMNS))).astype(np.float32)
    rows[20_000, 0] = 1000.0
    for chunk in np.array_split(rows, 77):
        history.add(chunk)
    columns = history.columns()
    assert len(columns["step"]) <= CAPACITY
    assert columns["step"][-1] <= len(rows) * EVERY
    assert columns["d_loss"].mean() == pytest.approx(rows[:, 0].mean(), abs=0.01)
    screen = history.columns(600)
    assert len(screen["step"]) <= 620
    assert np.all(np.diff(screen["step"]) > 0)
    assert screen["d_loss"].max() == columns["d_loss"].max() > 200
    assert screen["step"][-1] == columns["step"][-1]


def test_history_does_not_depend_on_when_it_is_read() -> None:
    a, b = make(), make()
    a.advance(47)
    for _ in range(47):
        b.advance(1)
        b.read()
    assert all(np.array_equal(x, y) for x, y in zip(a.history.columns(), b.history.columns(), strict=True))
    assert a.to_bytes() == b.to_bytes()


def test_coverage() -> None:
    centres = PRESETS["ring"].config and [(1.0, 0.0), (-1.0, 0.0)]
    near = np.array([[1.0, 0.029]] * 50 + [[1.0, 0.031]] * 49 + [[-1.0, 0.0]], np.float32)
    modes, share = coverage(near, centres, 0.01)
    assert (modes, share) == (1, 0.51), "one sample is less than a tenth of a fair share"
    perfect = np.random.default_rng(0).normal(size=(100_000, 2)).astype(np.float32) * 0.01 + [1.0, 0.0]
    assert coverage(perfect, centres, 0.01)[1] == pytest.approx(1 - np.exp(-4.5), abs=0.002)


def test_a_break_in_the_last_steps_is_noticed() -> None:
    run = make()
    run.advance(20)
    run.keep_moment()
    run.advance(10)
    with torch.no_grad():
        next(run.trainer.G.parameters()).fill_(float("nan"))
    run.settle()
    assert run.step == 20
    assert "NaN" in run.notice


def test_weights_that_are_not_finite_are_refused() -> None:
    run = make()
    with torch.no_grad():
        next(run.trainer.G.parameters()).fill_(float("nan"))
    with pytest.raises(UserError, match="finite"):
        Run.from_bytes("a-run-for-a-test", run.to_bytes())


def test_falling_back_after_a_reset_keeps_the_generation() -> None:
    run = make()
    run.reset()
    with torch.no_grad():
        next(run.trainer.D.parameters()).fill_(float("nan"))
    run.settle()
    assert run.generation == 1


def test_a_checkpoint_of_another_device_goes_on_and_says_so() -> None:
    run = make()
    run.advance(10)
    state = checkpoint.from_bytes(run.to_bytes())
    state["trainer"].update(device="cuda", rng=torch.zeros(16, dtype=torch.uint8))
    other = Run.from_bytes("a-run-for-a-test", checkpoint.to_bytes(state))
    assert "not bit-exactly" in other.events[-1].text
    other.advance(10)
    assert other.step == 20


def test_hostile_states_are_sentences() -> None:
    run = make("digits")
    run.advance(10)
    content = run.to_bytes()
    for damage in (
        lambda s: s["trainer"].update(step=float("inf")),
        lambda s: s["trainer"].update(fixed_y=torch.full((100,), 10)),
        lambda s: s["trainer"].update(fixed_y=torch.zeros(3, dtype=torch.int64)),
        lambda s: s["trainer"].update(fixed_z=s["trainer"]["fixed_z"].double()),
        lambda s: s["trainer"]["opt_d"][0].update(step=torch.zeros(7)),
        lambda s: s["trainer"]["opt_d"][0].pop("exp_avg"),
        lambda s: s["trainer"]["opt_g"][0].update(exp_avg=None),
        lambda s: s["trainer"]["config"].update(d_optimiser="rmsprop"),
        lambda s: s["trainer"].pop("augment_p"),
        lambda s: s["trainer"].update(augment_p=torch.zeros(3)),
        lambda s: s["history"].update(rows=torch.zeros(2, 5, dtype=torch.float64)),
    ):
        state = checkpoint.from_bytes(content)
        damage(state)
        with pytest.raises(UserError):
            Run.from_bytes("a-run-for-a-test", checkpoint.to_bytes(state))
    flipped = bytearray(content)
    flipped[len(flipped) // 2] ^= 0xFF
    with pytest.raises(UserError):
        Run.from_bytes("a-run-for-a-test", bytes(flipped))
