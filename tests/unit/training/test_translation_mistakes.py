"""The mistakes of popular code for pix2pix and CycleGAN, each made impossible to make here unnoticed."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from playground import data
from playground.config.run_config import RunConfig
from playground.data import Choice, Samples
from playground.data.tasks import TASKS
from playground.engine.translated import translated
from playground.training import games
from playground.training.games.cycle import Pool
from playground.training.model import pixels
from playground.training.probe import probe
from playground.training.recorder import Recorder
from playground.utils.errors import UserError
from playground.utils.random_streams import RandomStreams
from tests.unit.training.translations import ALL, CLOUDS, CYCLE, PAIRED, TURN, go, kept, make, numbered, numbers

GAMES = pytest.mark.parametrize("config", ALL.values(), ids=ALL)
DIGITS = "digits-16"


# Who learns from what


@GAMES
@pytest.mark.parametrize("knobs", [{}, {"r1": 0.1, "r2": 0.1, "gp": 0.1, "dragan": 0.1, "penalty_every": 1}], ids=str)
def test_an_update_of_d_that_reaches_into_g(config: RunConfig, knobs: dict[str, float]) -> None:
    trainer = make(config.changed(**knobs))
    critic = trainer.critics[-1]
    G = trainer.nets["G" if critic == "D" else "G_AB"]
    a, b = trainer.pairs(6) if critic == "D" else trainer.domains(6)
    fake, seen = G(a), []
    trainer.nets[critic].register_forward_pre_hook(lambda net, given: seen.append(given[0]))
    trainer.update_d(critic, b, fake, a if critic == "D" else None)
    assert seen
    assert all(x.grad_fn is None for x in seen), "what D sees has no way back into G"
    assert all(p.grad is None for p in G.parameters())
    fake.sum().backward()  # its graph is still there for G's own update
    assert all(p.grad is not None for p in G.parameters())


@GAMES
def test_an_update_of_g_that_leaves_gradients_in_d(config: RunConfig) -> None:
    trainer = make(config)
    trainer.step()
    for p in (p for name in trainer.critics for p in trainer.parameters[name]):
        p.grad = None
    trainer.tune(trainer.config.changed(d_steps=0))
    trainer.step()
    assert all(p.grad is None for name in trainer.critics for p in trainer.parameters[name])
    assert all(p.grad is not None for name, net in trainer.nets.items() if name[0] == "G" for p in net.parameters())


@GAMES
@pytest.mark.parametrize("norm", ["batch", "spectral"])
@pytest.mark.parametrize("g_steps", [0, 1, 2])
def test_a_frozen_d_that_remembers_batches(config: RunConfig, norm: str, g_steps: int) -> None:
    trainer = make(config.changed(d_norm=norm, d_depth=2, objective="rpgan", d_steps=0, g_steps=g_steps))
    before = {name: {k: v.clone() for k, v in trainer.nets[name].state_dict().items()} for name in trainer.critics}
    go(trainer, 2)
    for name, state in before.items():
        now = trainer.nets[name].state_dict()
        assert any(k.endswith(("running_mean", ".u")) for k in state), "there is something that could be remembered"
        assert all(torch.equal(v, now[k]) for k, v in state.items())


@GAMES
def test_running_statistics_of_d_that_come_from_updates_of_g(config: RunConfig) -> None:
    trainer = make(config.changed(d_norm="batch", d_depth=2, g_steps=3))
    trainer.step()
    counts = [v.item() for k, v in trainer.nets[trainer.critics[0]].state_dict().items() if "num_batches" in k]
    assert set(counts) == {2}, "real and generated samples of one update"


def test_a_pair_that_d_sees_in_another_order_or_with_another_input() -> None:
    """D is given the input, then the output, of one and the same pair: real, generated, in every kind of step."""
    for knobs in ({}, {"d_steps": 0}, {"g_steps": 0}, {"d_steps": 2, "g_steps": 2}, {"objective": "rpgan"}):
        trainer = make(PAIRED.changed(d_norm="batch", **knobs))
        G, seen, made = trainer.nets["G"], [], []
        G.register_forward_hook(lambda net, given, out, made=made: made.append((given[0], out.detach())))
        trainer.nets["D"].body.register_forward_pre_hook(lambda net, x, seen=seen: seen.append(x[0].detach()))
        pairs: list[Any] = []
        draw = trainer.pairs
        trainer.pairs = lambda n, draw=draw, pairs=pairs: pairs.append(draw(n)) or pairs[-1]
        trainer.step()
        known = [torch.cat([a, x], 1) for a, x in [*pairs, *made]]
        assert seen
        assert all(any(torch.equal(x, one) for one in known) for x in seen)
        fakes = [torch.cat([a, x], 1) for a, x in made]
        assert any(torch.equal(x, one) for one in fakes for x in seen)
        a, x = pairs[0]
        trainer.nets["D"].eval()
        assert torch.equal(trainer.patch_logits(x, a), trainer.nets["D"].body(torch.cat([a, x], 1)).flatten(1))


@pytest.mark.parametrize("task", ["red-blue", "inpaint-square"])
def test_a_pair_whose_sides_are_made_with_different_random_numbers(task: str) -> None:
    trainer = make(PAIRED.changed(task=task))
    a, b = trainer.pairs(200)
    if task == "red-blue":  # the shade of a picture is drawn once for both colours
        red, blue = ((x.amax((1, 2, 3)) + 1) / 2 for x in (a, b))
        torch.testing.assert_close(red, blue, atol=1e-6, rtol=0)
        assert red.std() > 0.05
        red, blue = ((x.amax((1, 2, 3)) + 1) / 2 for x in (trainer.fixed_z, trainer.truth()))
        torch.testing.assert_close(red, blue, atol=1e-6, rtol=0)
    else:
        torch.testing.assert_close(a[:, :1], b * (1 - a[:, 1:]))


# The buffer


def filled(size: int, n: int, rounds: int) -> tuple[list[set[int]], list[set[int]], list[set[int]]]:
    """What went in, came out and was kept in each of so many rounds of `n` new samples."""
    pool, draws = Pool(size, (1, 8, 8), torch.device("cpu")), RandomStreams(torch.Generator().manual_seed(5))
    gone_in, came_out, stayed = [], [], []
    for k in range(rounds):
        x = data_of(k * n, n)
        out = pool.mixed(x, draws)
        assert out.shape == x.shape
        gone_in.append(numbers(x))
        came_out.append(numbers(out))
        stayed.append(numbers(pool.kept[: pool.count]))
    return gone_in, came_out, stayed


def data_of(first: int, n: int) -> torch.Tensor:
    return numbered(n, first).x.float() / 127.5 - 1


@pytest.mark.parametrize(("size", "n"), [(50, 8), (10, 8), (8, 8), (3, 8), (50, 1)])
def test_a_buffer_that_gives_the_newest_only_or_never_or_loses_samples(size: int, n: int) -> None:
    gone_in, came_out, stayed = filled(size, n, 300)
    new = old = 0
    for k in range(300):
        before = stayed[k - 1] if k else set()
        assert came_out[k] <= before | gone_in[k]
        assert len(came_out[k]) == n, "no sample comes twice"
        if len(before) == size:
            assert came_out[k] | stayed[k] == before | gone_in[k], "what does not come out stays"
            assert not came_out[k] & stayed[k], "what comes out has given its place away"
            old += len(came_out[k] - gone_in[k])
            new += min(n, size)
        else:
            assert came_out[k] == gone_in[k], "while it fills"
    assert old / new == pytest.approx(0.5, abs=0.08), "half of what could be replaced"
    assert stayed[-1] - set().union(*gone_in[-20:]) if size == 50 and n == 1 else True


def test_an_empty_buffer_and_one_that_carries_a_graph() -> None:
    x = data_of(0, 4).requires_grad_()
    out = Pool(0, (1, 8, 8), torch.device("cpu")).mixed(x, RandomStreams(torch.Generator()))
    assert torch.equal(out, x)
    assert not out.requires_grad


def test_each_critic_has_a_buffer_of_its_own_domain() -> None:
    trainer = make(CYCLE.changed(task="colourise", sample_pool=9))
    assert [pool.kept.shape[1:] for pool in trainer.pools.values()] == [(1, 16, 16), (3, 16, 16)]
    go(trainer, 3)
    assert [pool.count for pool in trainer.pools.values()] == [9, 9]
    last = trainer.pools["D_B"].kept.clone()
    go(trainer, 2)
    assert not torch.equal(last, trainer.pools["D_B"].kept)


# The identity


def test_an_identity_loss_where_channels_differ() -> None:
    for task in ("colourise", "edges"):
        shapes = {"dataset": "shapes", "task": task}
        with pytest.raises(UserError, match="G cannot be given what it makes"):
            CYCLE.changed(**shapes, identity_weight=1.0)
        trainer = make(CYCLE.changed(**shapes))
        trainer.config = trainer.config.model_copy(update={"identity_weight": 1.0})  # as data of unknown shape has it
        a, b = trainer.domains(4)
        assert trainer.identity(a, b).item() == 0
        trainer.step()
    assert CYCLE.changed(task="edges", identity_weight=1.0).identity_weight == 1, "grey pictures have grey edges"


def test_the_identity_is_shown_while_g_is_frozen() -> None:
    trainer = make(CYCLE.changed(identity_weight=1.0, g_steps=0))
    assert dict(zip(trainer.columns, trainer.play(), strict=True))["identity"] > 0


# Held-out samples


@pytest.mark.parametrize("size", [2, 3, 5, 40, 200])
@pytest.mark.parametrize("repeated", [False, True])
def test_pairs_for_testing_that_are_trained_on(size: int, repeated: bool) -> None:
    index = torch.arange(size).repeat_interleave(1 + torch.arange(size) % 4) if repeated else None
    paired = games.start(PAIRED.changed(task="inverse"), numbered(size, index=index))
    cycle = games.start(CYCLE.changed(task="inverse"), numbered(size, index=index))
    held = numbers(paired.normalise(paired.x[paired.held_out]))
    assert numbers(paired.fixed_z) == numbers(-paired.truth()) == held
    assert numbers(-cycle.held_out_b_inputs()) == held
    seen, of_a, of_b = set(), set(), set()
    for _ in range(60):
        a, b = paired.pairs(200)
        assert torch.equal(a, -b)
        seen |= numbers(a)
        a, b = cycle.domains(200)
        of_a |= numbers(a)
        of_b |= numbers(-b)
    assert seen == set(range(size)) - held, "all others are"
    assert of_a | of_b == seen
    assert not of_a & of_b or size == 2, "both domains of one set of data have no sample in common"


def test_a_single_sample_is_translated_all_the_same() -> None:
    for config in (PAIRED, CYCLE):
        trainer = games.start(config, numbered(1))
        go(trainer, 2)
        assert len(trainer.fixed_z) == 1
    alone = games.start(CYCLE.changed(task="between"), numbered(9, partner=numbered(1, first=100)))
    go(alone, 2)


@pytest.mark.parametrize("size", [0, 300])
@pytest.mark.parametrize("classes", [("", ""), ("3", "8"), ("", "3"), ("1,3", "3,5"), ("3", "3")], ids=str)
@pytest.mark.parametrize("repeat", ["", "3x5"])
def test_both_domains_of_one_dataset_are_apart(size: int, classes: tuple[str, str], repeat: str) -> None:
    config = CYCLE.changed(task="between", size=size, classes=classes[0], partner_classes=classes[1], repeat=repeat)
    trainer = make(config)

    def rows(x: torch.Tensor) -> set[bytes]:
        return {row.numpy().tobytes() for row in x}

    a, b = rows(trainer.x[trainer.index]), rows(trainer.x_b[trainer.index_b])
    held = rows(trainer.x[trainer.held_out]), rows(trainer.x_b[trainer.held_out_b])
    assert a
    assert b
    assert not a & b
    assert not (a | b) & (held[0] | held[1])
    assert rows(data.load(DIGITS, choice=Choice("3")).x) & (a | b) or "3" not in "".join(classes)
    batches = [trainer.domains(64) for _ in range(8)]
    assert rows(torch.cat([x for x, _ in batches])) <= rows(trainer.normalise(trainer.x[trainer.index]))
    assert rows(torch.cat([y for _, y in batches])) <= rows(trainer.normalise(trainer.x_b[trainer.index_b]))


# Ranges


def test_outputs_in_another_range_than_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    for config in (PAIRED, CYCLE):
        trainer = make(config)
        a, b = trainer.pairs(64) if config is PAIRED else trainer.domains(64)
        with torch.no_grad():
            for p in trainer.nets[trainer.averaged[0]].parameters():
                p.mul_(50)
        made = trainer.sample(a, None, raw=True)
        assert (b.min(), b.max()) == (-1, 1)
        assert -1 <= made.min() < -0.9
        assert 0.9 < made.max() <= 1
        monkeypatch.setattr(type(trainer), "normalise", lambda self, x: x.float() / 255)
        with pytest.raises(UserError, match=r"from -1\.0 to 1\.0, and the data has 0\.0 to 1\.0"):
            make(config)


@pytest.mark.parametrize(
    "task", [task for task in TASKS.values() if task.modality == "images"], ids=lambda task: task.key
)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 32, 32), (1, 5, 7)], ids=str)
def test_every_truth_lies_in_the_range_of_g(task: Any, shape: tuple[int, ...]) -> None:
    x = 2 * torch.rand(9, *shape, generator=torch.Generator().manual_seed(0)) - 1
    b = task.b(x, torch.tensor(1.0), RandomStreams(torch.Generator()))
    assert b.abs().max() <= 1 + 1e-6
    assert b.shape[1:] == task.shapes(shape)[1]


# Looking on


@GAMES
def test_looking_on_that_changes_the_run(config: RunConfig) -> None:
    knobs = {"g_norm": "batch", "d_norm": "spectral", "d_depth": 2, "dropout": 0.3, "noise": 0.1, "r1": 0.1}
    trainer = make(config.changed(**knobs))
    go(trainer, 3)
    before = kept(trainer)
    shadow = None
    for raw in (False, True):
        x = trainer.sample(trainer.fixed_z, None, raw)
        assert torch.equal(x, trainer.sample(trainer.fixed_z, None, raw))
        trainer.logits(x, trainer.told)
        trainer.input_gradient(x, trainer.told, "generated")
        shown, again = translated(trainer, x, raw), translated(trainer, x, raw)
        assert (shown.inputs == again.inputs).all()
        _signals, shadow = probe(trainer, shadow)
    trainer.real(torch.arange(9))
    trainer.frozen()
    if len(trainer.made) == 1:
        assert torch.equal(trainer.plane(trainer.x[:9]), trainer.plane(trainer.x[:9]))
    assert kept(trainer) == before
    plain = make(config.changed(**knobs))
    go(plain, 3)
    recorder = Recorder(trainer)
    with recorder.watching():
        trainer.step()
    plain.step()
    assert kept(trainer) == kept(plain)


def test_truth_and_input_on_show_are_of_one_sample() -> None:
    trainer = make(PAIRED)
    hidden = translated(trainer, trainer.fixed_z[:, :1], False).hidden
    inputs, truth = pixels(trainer.seen(trainer.fixed_z)), pixels(trainer.truth())
    assert (inputs[~hidden] == truth[~hidden]).all()
    assert (inputs[hidden] == 128).all()
    amount = TURN.changed(task_amount=1.0)
    turned = make(amount)
    torch.testing.assert_close(turned.truth(), -turned.fixed_z)
    turned.tune(amount.changed(task_amount=0.0))
    torch.testing.assert_close(turned.truth(), turned.fixed_z)
    assert make(CLOUDS).truth() is None


def test_samples_that_no_modality_has() -> None:
    with pytest.raises(UserError, match="cannot be used"):
        games.start(PAIRED, Samples(torch.rand(20, 1, 8, 8)))
    with pytest.raises(UserError, match="cannot be used"):
        games.start(CYCLE.changed(task="between"), numbered(20, partner=Samples(torch.rand(20, 1, 8, 8))))
