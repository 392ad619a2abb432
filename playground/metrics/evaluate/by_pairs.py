"""What is measured of the outputs of a translation: of held-out inputs, which no step sees.

They are compared with held-out samples of what they should be: in a paired game with their own truth. The floor is what
as many other real samples give, or where a metric compares pairs what the truth itself gives. The baselines are what
takes no learning.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite, nan
from typing import cast
from weakref import WeakKeyDictionary

import torch

from playground.data import Samples
from playground.metrics import features
from playground.metrics.evaluate.floors import collected
from playground.metrics.evaluate.making import in_parts, made
from playground.metrics.evaluate.reference import some
from playground.metrics.evaluate.values import due, values
from playground.metrics.features import Features
from playground.metrics.measure import IMAGES, POINTS, SPLITS, Comparison, Measure, Pairs, Real, Values, in_range
from playground.training.games.translation import Translation
from playground.training.model import Model
from playground.training.trainer import Trainer
from playground.utils.chunked import Progress
from playground.utils.readings import Floor, Measured

FEWEST = 10  # held-out samples from which anything can be said
MOST = 6000  # real outputs that the classifier and the floors are made of
SOME = 64  # samples that are sent back in one piece
KEPT = 4  # strengths of a task whose samples are kept

Baselines = dict[str, Mapping[str, float]]  # by the key of the metric
Work = Generator[Progress, None, tuple[Values, dict[str, Floor], Baselines]]


@dataclass
class Target:
    """Held-out inputs `given` (n, *given), and as many held-out samples x (n, *made) of what they should become.

    `inputs`, `truth` and `y` as in `Pairs`. `others` are more real outputs, for the floors. `network` is None where
    samples are compared number by number, and `phi` (n, d) are the features of x.
    """

    given: torch.Tensor
    inputs: torch.Tensor | None
    truth: torch.Tensor | None
    x: torch.Tensor
    y: torch.Tensor | None
    others: Samples
    network: Features | None = None
    phi: torch.Tensor | None = None
    floors: dict[str, Floor] = field(default_factory=dict)
    baselines: Baselines = field(default_factory=dict)

    def seen(self, x: torch.Tensor) -> Generator[Progress, None, tuple[torch.Tensor, torch.Tensor | None]]:
        """The features (n, d) of samples and the classifier's logits, None where there is none."""
        if self.network is None:
            return x.flatten(1), None
        network = self.network
        phi = yield from in_parts(network.body, lambda part: network(x[part]), len(x))
        return phi, network.head(phi) if network.learned else None


_known: WeakKeyDictionary[Samples, dict[tuple[str, str, float], Target]] = WeakKeyDictionary()
_outputs: WeakKeyDictionary[Samples, dict[str, tuple[Samples, Samples]]] = WeakKeyDictionary()


def work(model: Model, expensive: bool, only: Collection[str] | None) -> Work:
    """The values of what the model makes of the held-out inputs, the floors and the baselines; none of few samples."""
    trainer = cast(Translation, model.trainer)
    measures = due(trainer.modality.key, expensive, only, "translations")
    target = yield from _target(trainer)
    if len(target.given) < FEWEST:
        return {}, {}, {}
    x = yield from made(model, target.given, None)
    if not bool(x.isfinite().all()):
        return {m.key: nan for m in measures if m.key in target.baselines}, target.floors, target.baselines
    back = yield from _back(trainer, x, model.raw)
    pairs = Pairs(target.inputs, target.truth, None if back is None else target.given, back, target.y)
    found = yield from _compared(trainer, target, x, pairs, measures)
    return found, target.floors, target.baselines


def measured(trainer: Trainer) -> Measured | None:
    """How it is measured, once that is known."""
    target = _known.get(trainer.samples, {}).get(_key(cast(Translation, trainer)))
    if target is None or not target.baselines:
        return None
    pairs, network = target.truth is not None, target.network
    if network is None:
        return Measured(len(target.given), unseen=True, splits=SPLITS, pairs=pairs)
    count = len(target.given)
    return Measured(count, network.kind, network.hash, network.accuracy, True, True, SPLITS, pairs)


def prepared(trainer: Trainer) -> float:
    """How much of the training of the classifier is done, from 0 to 1."""
    outputs = _outputs.get(trainer.samples, {}).get(trainer.config.task)
    if outputs is not None:
        return features.progress(outputs[0])
    return 0.0 if features.fit(trainer.samples) and features.labelled(trainer.samples) else 1.0


def _key(trainer: Translation) -> tuple[str, str, float]:
    return trainer.config.game, trainer.config.task, trainer.config.task_amount


def _target(trainer: Translation) -> Generator[Progress, None, Target]:
    """What the outputs of runs like this one are compared with; found once."""
    known, key = _known.setdefault(trainer.samples, {}), _key(trainer)
    if key not in known:
        outputs = _outputs.setdefault(trainer.samples, {})
        if trainer.config.task not in outputs:
            outputs[trainer.config.task] = _real_outputs(trainer)
        taught, others = outputs[trainer.config.task]
        target = _held_out(trainer, others)
        if features.fit(taught):
            target.network = yield from features.of(taught)
        target.phi = (yield from target.seen(target.x))[0]
        if len(target.given) >= FEWEST:
            yield from _find_levels(trainer, target)
        while len(known) >= KEPT:
            del known[next(iter(known))]
        known[key] = target
    return known[key]


def _held_out(trainer: Translation, others: Samples) -> Target:
    """The held-out samples of both sides, as many of each, on the CPU."""
    a_at, b_at = trainer.held_out, trainer.held_out
    b_of, samples = trainer.x, trainer.samples
    if trainer.x_b is not None:
        b_at, b_of = trainer.held_out_b, trainer.x_b
    n = min(len(a_at), len(b_at), IMAGES if len(trainer.made) == 3 else POINTS)
    a_at, b_at = a_at[:n], b_at[:n]
    given = trainer.a(trainer.x[a_at], trainer.looking())
    b = trainer.b(b_of[b_at], trainer.looking()).cpu()
    paired = trainer.truth() is not None
    y = None if samples.y is None or not features.labelled(others) else samples.y[a_at.cpu()]
    if y is not None and trainer.x_b is not None:
        y = renumbered(y, samples.class_names, others.class_names)
    inputs = None if trainer.task.masked else _as_output(trainer.seen(given), trainer.made)
    return Target(
        given.cpu(), None if inputs is None else inputs.cpu(), b if paired else None, b,
        None if y is None or not bool((y >= 0).any()) else y, others,
    )  # fmt: skip


def renumbered(y: torch.Tensor, names: tuple[str, ...], others: tuple[str, ...]) -> torch.Tensor:
    """The classes y (n,) of `names` by their places in `others`; -1 for those that are not there."""
    places = torch.tensor([others.index(name) if name in others else -1 for name in names])
    return places[y]


def _real_outputs(trainer: Translation) -> tuple[Samples, Samples]:
    """Real outputs made of samples that are not held out, as their modality stores them.

    The classifier learns from the first set, the floors are those of the second one. No sample is in both where there
    are labels to learn.
    """
    samples, at = trainer.samples, trainer.index
    if samples.partner is not None and trainer.x_b is not None:
        samples, at = samples.partner, trainer.index_b
    assert at is not None
    at = torch.unique(at).cpu()
    at = at[torch.randperm(len(at), generator=torch.Generator().manual_seed(0))[:MOST]]
    x = trainer.b(samples.x[at].to(trainer.device), trainer.looking()).cpu()
    stored = x if samples.x.is_floating_point() else ((x + 1) * 127.5).round().clamp(0, 255).to(samples.x.dtype)
    y = None if samples.y is None else samples.y[at]
    every = replace(samples, x=stored, y=y, index=None, partner=None)
    cut = 2 * len(at) // 3
    if not features.labelled(every) or cut < features.FEWEST:
        return every, every
    return some(every, torch.arange(cut)), some(every, torch.arange(cut, len(at)))


def _as_output(x: torch.Tensor, made: tuple[int, ...]) -> torch.Tensor | None:
    """Inputs (n, ...) in the shape of outputs: grey as equal red, green and blue; None where they cannot be."""
    if len(made) == 3:
        x = x.clamp(-1, 1)  # of a picture with noise only this much can be seen
    if tuple(x.shape[1:]) == tuple(made):
        return x
    return x.expand(-1, made[0], -1, -1) if len(made) == 3 and x.shape[1] == 1 else None


def _back(trainer: Translation, x: torch.Tensor, raw: bool) -> Generator[Progress, None, torch.Tensor | None]:
    """What comes back of outputs x, on the CPU; None where there is no way back."""
    parts = []
    for begin in range(0, len(x), SOME):
        part = trainer.back(x[begin : begin + SOME].to(trainer.device), raw)
        if part is None:
            return None
        parts.append(part.cpu())
        yield begin, len(x)
    return torch.cat(parts)


def _compared(
    trainer: Translation, target: Target, x: torch.Tensor, pairs: Pairs, measures: Collection[Measure]
) -> Generator[Progress, None, Values]:
    """The values of samples x in the place of outputs."""
    phi, logits = yield from target.seen(x)
    assert target.phi is not None
    real = Real(target.x, torch.arange(len(target.x)), target.phi)
    return (yield from values(Comparison(x, phi, real, trainer.config, trainer.samples, logits, pairs=pairs), measures))


def _find_levels(trainer: Translation, target: Target) -> Generator[Progress, None, None]:
    """The values of real samples and of the baselines."""
    measures = due(trainer.modality.key, True, None, "translations")
    others, n = in_range(target.others.x), len(target.x)
    found = []
    for seed in range(SPLITS):
        at = torch.randperm(len(others), generator=torch.Generator().manual_seed(seed))[:n]
        at = at.repeat(-(-n // len(at)))[:n]
        y = None if target.y is None or target.others.y is None else target.others.y[at]
        found.append((yield from _compared(trainer, target, others[at], Pairs(y=y), measures)))
    inputs = None if trainer.x_b is not None else target.inputs  # those of another set of data are of other samples
    itself = yield from _compared(trainer, target, target.x, Pairs(inputs, target.truth), measures)
    exact = {key: Floor(value, 0.0) for key, value in itself.items() if key != "psnr"}
    target.floors = {**exact, **collected(found)}
    levels: dict[str, Values] = {}
    for name, x in _baselines(trainer, target, others):
        levels[name] = yield from _compared(trainer, target, x, Pairs(None, target.truth, y=target.y), measures)
    target.baselines = {
        m.key: {name: found[m.key] for name, found in levels.items() if isfinite(found.get(m.key, nan))}
        for m in measures
    }


def _baselines(trainer: Translation, target: Target, others: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
    """What takes no learning, by the keys of BASELINES: in the place of outputs, (n, *made)."""
    inputs = _as_output(trainer.seen(target.given), trainer.made)
    if inputs is not None:
        yield "input", inputs
    if len(trainer.made) != 3:
        return
    factor = trainer.task.factor
    if inputs is not None and factor > 1:
        small = torch.nn.functional.avg_pool2d(inputs, factor)
        large = torch.nn.functional.interpolate(small, size=trainer.made[1:], mode="bicubic", align_corners=False)
        yield "bicubic", large.clamp(-1, 1)
    if target.truth is not None:
        yield "mean", others.mean(0, keepdim=True).expand(len(target.x), *trainer.made)
