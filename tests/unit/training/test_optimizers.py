"""Each optimiser against PyTorch's own, and the look ahead against real updates."""

import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call

from playground.config.presets import PRESETS
from playground.config.run_config import OPTIMISERS, RunConfig
from playground.data import load
from playground.training import optimizers
from playground.training.games.gan import GAN

KINDS = pytest.mark.parametrize("kind", OPTIMISERS)
CONFIG = RunConfig(beta1=0.6, beta2=0.95, weight_decay=0.3)
RING = PRESETS["ring"].config
LR = 0.02


def theirs(kind, parameters, config=CONFIG):
    if kind == "sgd":
        return torch.optim.SGD(parameters, LR, momentum=config.beta1)
    if kind == "rmsprop":
        return torch.optim.RMSprop(parameters, LR, alpha=config.beta2)
    if kind == "adamw":
        return torch.optim.AdamW(parameters, LR, betas=(config.beta1, config.beta2), weight_decay=config.weight_decay)
    return torch.optim.Adam(parameters, LR, betas=(config.beta1, config.beta2))


def build(kind, parameters, config=CONFIG, lr=LR, dtype=torch.float32):
    return optimizers.build(kind, parameters, torch.tensor(lr, dtype=dtype), config)


def network(dtype=torch.float32):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).to(dtype)


def batch(seed=0, dtype=torch.float32):
    return torch.randn(7, 3, generator=torch.Generator().manual_seed(seed)).to(dtype)


def loss(net, x):
    return net(x).square().mean()


def train(net, optimiser, steps, x=None):
    for i in range(steps):
        optimiser.zero_grad()
        loss(net, batch(i) if x is None else x).backward()
        optimiser.step()


def same(a, b):
    for p, q in zip(a.parameters(), b.parameters(), strict=True):
        torch.testing.assert_close(p, q, atol=1e-6, rtol=1e-5)


@KINDS
@pytest.mark.parametrize("config", [CONFIG, RunConfig()], ids=["momentum", "default"])
def test_a_step_is_that_of_pytorch(kind, config):
    a, b = network(), network()
    train(a, build(kind, list(a.parameters()), config), 6)
    train(b, theirs(kind, list(b.parameters()), config), 6)
    same(a, b)
    assert not torch.equal(a[0].weight, network()[0].weight)


@KINDS
def test_the_rate_is_read_from_its_tensor(kind):
    net = network()
    lr = torch.tensor(0.0)
    optimiser = optimizers.build(kind, list(net.parameters()), lr, CONFIG)
    train(net, optimiser, 1)
    same(net, network())
    lr.fill_(0.1)
    train(net, optimiser, 1)
    assert not torch.allclose(net[0].weight, network()[0].weight)


@KINDS
def test_live_settings_act_and_keep_the_averages(kind):
    a, b = network(), network()
    ours, torchs = build(kind, list(a.parameters())), theirs(kind, list(b.parameters()))
    train(a, ours, 3)
    train(b, torchs, 3)
    new = RunConfig(beta1=0.2, beta2=0.8, weight_decay=0.9)
    optimizers.tune(ours, new)
    torchs.param_groups[0].update(theirs(kind, list(b.parameters()), new).param_groups[0])
    train(a, ours, 3)
    train(b, torchs, 3)
    same(a, b)


@KINDS
def test_averages_come_back(kind):
    a = network()
    first = build(kind, list(a.parameters()))
    train(a, first, 3)
    b = copy.deepcopy(a)
    second = build(kind, list(b.parameters()))
    lr = second.param_groups[0]["lr"]
    optimizers.load(second, copy.deepcopy(first.state_dict()["state"]))
    assert second.param_groups[0]["lr"] is lr
    train(a, first, 3)
    train(b, second, 3)
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))


@pytest.mark.parametrize("empty", [{}, {i: {"momentum_buffer": None} for i in range(4)}], ids=["none", "None"])
def test_sgd_may_have_no_momentum_yet(empty):
    a, b = network(), network()
    first, second = (build("sgd", list(net.parameters())) for net in (a, b))
    optimizers.load(second, empty)
    assert same_ahead(b, second, 2)
    train(a, first, 2)
    train(b, second, 2)
    same(a, b)


@KINDS
@pytest.mark.parametrize("other", OPTIMISERS)
def test_what_another_optimiser_averaged_is_refused(kind, other):
    net = network()
    optimiser = build(other, list(net.parameters()))
    train(net, optimiser, 1)
    fresh = build(kind, list(net.parameters()))
    if {kind, other} <= {"adam", "adamw"} or kind == other:
        optimizers.load(fresh, optimiser.state_dict()["state"])
    else:
        with pytest.raises(ValueError, match=r"exp_avg|square_avg|momentum_buffer"):
            optimizers.load(fresh, optimiser.state_dict()["state"])


# Looking ahead


def same_ahead(net, optimiser, updates):
    """Whether looking `updates` ahead gives the weights that real updates give."""
    x = batch()
    ahead = optimizers.look_ahead(
        net, optimiser, lambda params: functional_call(net, params, (x,)).square().mean(), updates
    )
    real = copy.deepcopy(net)
    kind = {torch.optim.SGD: "sgd", torch.optim.RMSprop: "rmsprop", torch.optim.AdamW: "adamw"}
    clone = theirs(kind.get(type(optimiser), "adam"), list(real.parameters()))
    memory = copy.deepcopy(optimiser.state_dict()["state"])
    clone.load_state_dict({"state": memory, "param_groups": clone.state_dict()["param_groups"]})
    train(real, clone, updates, x)
    for name, p in real.named_parameters():
        torch.testing.assert_close(ahead[name], p, atol=2e-6, rtol=1e-4)
    return True


@KINDS
@pytest.mark.parametrize("before", [0, 3])
def test_looking_ahead_is_that_many_updates_of_pytorch(kind, before):
    net = network()
    optimiser = build(kind, list(net.parameters()))
    train(net, optimiser, before)
    weights = copy.deepcopy(net.state_dict())
    memory = copy.deepcopy(optimiser.state_dict()["state"])
    for updates in (0, 1, 5):
        assert same_ahead(net, optimiser, updates)
    assert all(torch.equal(weights[k], v) for k, v in net.state_dict().items())
    after = optimiser.state_dict()["state"]
    assert after.keys() == memory.keys()
    assert all(torch.equal(memory[i][k], v) for i in after for k, v in after[i].items())
    assert all(p.grad is None for p in net.parameters()) == (before == 0)


@KINDS
def test_the_derivative_passes_through_the_updates(kind):
    net = network(torch.float64)
    optimiser = build(kind, list(net.parameters()), lr=0.05, dtype=torch.float64)
    x = batch(dtype=torch.float64)

    def after(scale):
        params = optimizers.look_ahead(
            net, optimiser, lambda p: (functional_call(net, p, (scale * x,)) - 1).square().mean(), 3
        )
        return functional_call(net, params, (x,)).sum()

    assert torch.autograd.gradcheck(after, torch.tensor(1.2, dtype=torch.float64, requires_grad=True), atol=1e-5)


@KINDS
def test_a_gradient_of_zero_keeps_the_derivative_finite(kind):
    net = network()
    nn.init.zeros_(net[2].weight)  # nothing passes to the first layer
    x = batch().requires_grad_()
    optimiser = build(kind, list(net.parameters()))
    params = optimizers.look_ahead(net, optimiser, lambda p: functional_call(net, p, (x,)).mean(), 2)
    (gradient,) = torch.autograd.grad(functional_call(net, params, (x,)).sum(), x)
    assert gradient.isfinite().all()


# In the trainer


@pytest.mark.parametrize("net", ["g", "d"])
@KINDS
def test_another_kind_restarts_only_that_one(net, kind):
    other = "sgd" if kind != "sgd" else "adam"
    trainer = GAN(RING.changed(beta1=0.5, g_optimiser=other, d_optimiser=other), load("ring"))
    trainer.step()
    trainer.tune(trainer.config.changed(**{f"{net}_optimiser": kind}))
    mine, others = (trainer.optimizers[name] for name in (("G", "D") if net == "g" else ("D", "G")))
    assert type(mine).__name__.lower() == kind
    assert not mine.state
    assert others.state
    trainer.step()
    assert mine.state


@KINDS
@pytest.mark.parametrize("objective", ["non-saturating", "rpgan"])
def test_an_unrolled_g_learns_something_else_and_leaves_d_alone(kind, objective):
    gradients = []
    for unroll in (0, 1, 5):
        trainer = GAN(RING.changed(d_optimiser=kind, unroll=unroll, objective=objective), load("ring"))
        before = [p.detach().clone() for p in trainer.D.parameters()]
        trainer.update_g(trainer.generate(128, None), None)
        assert all(torch.equal(p, q) for p, q in zip(before, trainer.D.parameters(), strict=True))
        assert all(p.grad is None for p in trainer.D.parameters())
        gradients.append(torch.cat([p.grad.flatten() for p in trainer.G.parameters()]))
    assert all(g.isfinite().all() for g in gradients)
    assert not torch.allclose(gradients[0], gradients[1])
    assert not torch.allclose(gradients[1], gradients[2])


def test_an_unrolled_g_plays_against_the_d_to_come():
    """Its loss is the one that k more updates of D by the trainer's own optimiser would give."""
    config = RING.changed(unroll=3, r1=0.0, batch_size=64, d_optimiser="sgd", d_lr=0.1)
    trainer, real = GAN(config, load("ring")), GAN(config, load("ring"))
    x, y = batch_of(trainer)
    ahead = trainer.look_ahead(x, y, None, None)
    for _ in range(3):
        real.optimizers["D"].zero_grad()
        real.objective.d_loss(real.D(x), real.D(y)).backward()
        real.optimizers["D"].step()
    for name, p in real.D.named_parameters():
        torch.testing.assert_close(ahead[name], p, atol=1e-5, rtol=1e-3)


NOTES = {"batch": {"d_norm": "batch"}, "spectral": {"d_norm": "spectral"}, "std": {"minibatch_std": True}}


@pytest.mark.parametrize("objective", ["non-saturating", "rpgan"])
@pytest.mark.parametrize("knobs", NOTES.values(), ids=NOTES)
def test_looking_ahead_leaves_d_as_it_is_to_the_bit(knobs, objective):
    trainer = GAN(RING.changed(unroll=5, r1=0.0, objective=objective, **knobs), load("ring"))
    trainer.step()
    _loss, _penalty, fake, y, _code = trainer.update_d(keep_graph=True)
    before = copy.deepcopy(trainer.D.state_dict())
    trainer.update_g(fake, y)
    assert all(torch.equal(before[name], value) for name, value in trainer.D.state_dict().items())


@pytest.mark.parametrize("unroll", [0, 5])
def test_the_running_statistics_are_those_of_the_batches_that_d_learns_from(unroll):
    """Two a step, real and generated: (1 - momentum) s + momentum (batch statistics), by hand."""
    trainer = GAN(RING.changed(unroll=unroll, r1=0.0, d_norm="batch"), load("ring"))
    norms = [layer for layer in trainer.D.modules() if isinstance(layer, nn.BatchNorm1d)]
    seen = []
    norms[0].register_forward_pre_hook(lambda _layer, inputs: seen.append(inputs[0].detach().double()))
    trainer.step()
    assert [int(layer.num_batches_tracked) for layer in norms] == [2] * len(norms)
    mean = torch.zeros(64, dtype=torch.float64)
    for h in seen[:2]:  # D's turn comes first
        mean = 0.9 * mean + 0.1 * h.mean(0)
    torch.testing.assert_close(norms[0].running_mean.double(), mean, atol=1e-6, rtol=1e-5)


def test_looking_ahead_goes_on_with_the_power_iteration():
    """With spectral normalisation too the weights ahead are those of real updates of D."""
    config = RING.changed(unroll=3, r1=0.0, batch_size=64, d_optimiser="sgd", d_lr=0.1, d_norm="spectral")
    trainer, real = GAN(config, load("ring")), GAN(config, load("ring"))
    x, y = batch_of(trainer)
    ahead = trainer.look_ahead(x, y, None, None)
    for _ in range(3):
        real.optimizers["D"].zero_grad()
        d, f = real.D(torch.cat([x, y])).chunk(2)
        real.objective.d_loss(d, f).backward()
        real.optimizers["D"].step()
    for name, p in real.D.named_parameters():
        torch.testing.assert_close(ahead[name], p, atol=1e-5, rtol=1e-3)


def batch_of(trainer):
    with torch.no_grad():
        return trainer.batch(64)[0], trainer.generate(64, None)
