"""The mutants: each is one wrong idea put into the code. `old` occurs exactly once in its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "tests" / "unit"


@dataclass(frozen=True)
class Mutant:
    """`new` in place of `old` in `file`; one of the `tests` must fail then."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def change(self, text: str) -> str:
        """The text of the file with the mutant in it. Raises ValueError where `old` does not occur just once."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file}: “{self.old}” occurs {text.count(self.old)} times")
        return text.replace(self.old, self.new)


def _of(file: str, tests: str, *rows: tuple[str, str, str]) -> list[Mutant]:
    """Mutants of one file that the same tests, by their names, must notice: (name, old, new)."""
    paths = tuple(str(next(UNIT.rglob(f"{name}.py")).relative_to(ROOT)) for name in tests.split())
    return [Mutant(name, f"playground/{file}", old, new, paths) for name, old, new in rows]


MUTANTS: tuple[Mutant, ...] = (
    *_of(
        "training/games/gan.py",
        "test_trainer test_mistakes",
        (
            "unrolled relativistic G loses the graph of real scores",
            "with torch.set_grad_enabled(bool(c.unroll)):",
            "with torch.no_grad():",
        ),
        (
            "adaptive augmentation reads the scores of generated samples",
            "adapt_(self.augment_p, self.scores[0],",
            "adapt_(self.augment_p, self.scores[1],",
        ),
        (
            "further updates of G ask for the same classes",
            "            y = self.labels(c.batch_size)\n",
            "            y = self.labels(c.batch_size) if y is None else y\n",
        ),
        (
            "D's update reaches into G",
            'self.preprocess(fake.detach(), "generated")',
            'self.preprocess(fake, "generated")',
        ),
        ("lazy penalties are not scaled up", "every * weight * term", "weight * term"),
        (
            "G has no head start to wait for",
            "if self.step_count >= c.d_head_start else 0",
            "if self.step_count >= 0 else 0",
        ),
        (
            "another objective keeps D's optimizer",
            ' or (name == "D" and self.config.objective != old.objective)',
            "",
        ),
        ("clipping also holds the scales of norms", "if not isinstance(m, _NORMS) and m", "if m"),
        ("a frozen D of a GAN remembers batches", "with self._unnoticed(spectral=True):", "if True:"),
        (
            "updates of G turn the vectors of a frozen D",
            "with self._unnoticed(spectral=c.unroll > 0 or not c.d_steps):",
            "with self._unnoticed(spectral=c.unroll > 0):",
        ),
    ),
    *_of(
        "training/games/translation.py",
        "test_translation test_translation_mistakes test_translation_runs",
        (
            "losses of translations are of the mean over patches",
            "loss = adversarial = self.objective.d_loss(d.flatten(), f.flatten())",
            "loss = adversarial = self.objective.d_loss(d.mean(1), f.mean(1))",
        ),
        ("R1 on the sum of patches", "input_gradient(d.mean(1), real)", "input_gradient(d.sum(1), real)"),
        ("a gradient penalty on the sum of patches", "lambda x: D(x, a).mean(1)", "lambda x: D(x, a).sum(1)"),
        (
            "a critic's update reaches into G",
            'fake = self.noisy(fake, "generated").detach().requires_grad_("fake" in slope_at)',
            'fake = self.noisy(fake, "generated")',
        ),
        ("a frozen D remembers batches", "with self._unnoticed[name](spectral=True):", "if True:"),
        (
            "updates of G enter the statistics of D",
            "with self._unnoticed[name](spectral=not self.config.d_steps):",
            "if True:",
        ),
        ("noise of translations does not fade", "if c.noise and c.noise_steps:", "if c.noise and not c.noise_steps:"),
        (
            "both critics count one number of updates",
            "self.d_updates[name] += 1",
            "self.d_updates[self.critics[0]] += 1",
        ),
    ),
    *_of(
        "training/games/paired.py",
        "test_translation test_translation_mistakes",
        (
            "only known pixels are compared with the truth",
            "reconstruction = distance(self.config.reconstruction, fake, b)\n",
            "reconstruction = distance(self.config.reconstruction, fake * (1 - a[:, -1:]), b * (1 - a[:, -1:]))\n",
        ),
        ("the sides of a pair have their own random numbers", "self.b(x, draws.again())", "self.b(x, self.draws)"),
        ("nobody looks at the range of paired data", "check_range(G, self.normalise, self.samples)", "pass"),
    ),
    *_of(
        "training/games/cycle.py",
        "test_translation test_translation_mistakes test_translation_runs",
        (
            "the buffer gives the newest only",
            "return torch.cat([torch.where(swap, old, new), rest])",
            "return x",
        ),
        ("the buffer always gives a past sample", "draws.uniform(len(place)) < 0.5", "draws.uniform(len(place)) < 2"),
        (
            "two samples may want one place in the buffer",
            "place = draws.uniform(size).argsort()[:n]",
            "place = draws.index(size, min(n, size))",
        ),
        (
            "an identity loss where channels differ",
            "if not (self.config.identity_weight > 0 and self.one_to_one):",
            "if not self.config.identity_weight > 0:",
        ),
        (
            "only one way there and back counts",
            'distance("l1", back_a, a) + distance("l1", back_b, b)',
            '2 * distance("l1", back_a, a)',
        ),
        ("pools are not brought back", 'pool.kept.copy_(found["kept"])', "pass"),
        ("any pool fits", "if not like or not 0 <= count", "if not 0 <= count"),
    ),
    *_of(
        "models/translators.py",
        "test_translation_mistakes",
        ("D sees the output before the input", "torch.cat([a, x], 1))", "torch.cat([x, a], 1))"),
    ),
    *_of(
        "data/held_out.py",
        "test_translation_mistakes",
        (
            "repeated samples are not held out",
            "kept = samples.index[torch.isin(samples.index, kept)]",
            "kept = samples.index",
        ),
        ("both halves are the whole", "return kept[first], kept[~first]", "return kept, kept"),
        (
            "partners of one source share samples",
            "other = ~torch.isin(second, here)",
            "other = torch.ones(b, dtype=torch.bool)",
        ),
    ),
    *_of(
        "engine/timeline_state.py",
        "test_translation_in_engine",
        (
            "a moment forgets what a translation showed",
            'return kept | {"translation": translation_state.plain(view.translation)}',
            "return kept",
        ),
    ),
    *_of(
        "training/trainer.py",
        "test_trainer test_mistakes",
        (
            "the average does not warm up",
            "min(self.config.ema_half_life, EMA_WARMUP * self.step_count)",
            "self.config.ema_half_life",
        ),
        (
            "the half-life of the average is a time constant",
            "0.5 ** (1 / half_life)",
            "2.718281828 ** (-1 / half_life)",
        ),
    ),
    *_of(
        "losses/regularizers.py",
        "test_regularizers test_mistakes",
        (
            "R1 without its half",
            "return gradient.flatten(1).square().sum(1).mean() / 2",
            "return gradient.flatten(1).square().sum(1).mean()",
        ),
        ("the gradient penalty is centred at 0", "return (norm - 1).square().mean()", "return norm.square().mean()"),
        (
            "interpolates have one epsilon a batch",
            "draws.uniform(draws.batch_per_replica(real), *[1]",
            "draws.uniform(1, *[1]",
        ),
        ("DRAGAN moves samples by the whole deviation", "DRAGAN_SPREAD = 0.5", "DRAGAN_SPREAD = 1.0"),
        ("label smoothing smooths generated samples", "    return d.mean(-1)\n", "    return -d.mean(-1)\n"),
    ),
    *_of(
        "losses/augmentation.py",
        "test_augmentation",
        (
            "adaptive augmentation goes the other way",
            "(d.sign().mean() - target).sign()",
            "(target - d.sign().mean()).sign()",
        ),
        (
            "augmentation ignores its probability",
            "x = torch.where(chosen, PARTS[part](x, draws), x)",
            "x = PARTS[part](x, draws)",
        ),
    ),
    *_of(
        "losses/objectives.py",
        "test_objectives test_mistakes",
        ("non-saturating G minimises minimax", "    return sp(-f).mean(-1)\n", "    return -sp(f).mean(-1)\n"),
        ("least squares pulls generated samples to -1", "f.square().mean(-1)) / 2", "(f + 1).square().mean(-1)) / 2"),
        ("hinge has no margin", "relu(1 + f).mean(-1)", "relu(f).mean(-1)"),
        (
            "the relativistic average takes its own average",
            "sp(-(d - E(f))).mean(-1) + sp(f - E(d))",
            "sp(-(d - E(d))).mean(-1) + sp(f - E(f))",
        ),
    ),
    *_of(
        "training/optimizers.py",
        "test_optimizers",
        (
            "the look-ahead forgets Adam's bias correction",
            "rate, scale = lr / (1 - beta1**t), 1 / (1 - beta2**t)",
            "rate, scale = lr, 1 / (1 - beta2**t)",
        ),
        (
            "the look-ahead always starts from the first weights",
            "params = dict(zip(params, new, strict=True))",
            "params = dict(zip(params, new, strict=True)) if _ == 0 else params",
        ),
    ),
    *_of(
        "training/probe.py",
        "test_probe",
        ("the turn of the game is that of G", '(values["g_turn"] + values["d_turn"]) / 2', 'values["g_turn"]'),
        (
            "D's slope is taken at averaged samples",
            '"fake_slope": trainer.input_gradient(raw, told,',
            '"fake_slope": trainer.input_gradient(average, told,',
        ),
        (
            "the held-out gap is divided by another distance",
            "(train - other) / (train - fake)",
            "(train - other) / (other - fake)",
        ),
        ("AUC counts ties as right", "0.5 * (d[:, None] == f[None]).float()", "(d[:, None] == f[None]).float()"),
    ),
    *_of(
        "training/structure.py",
        "test_structure",
        ("networks are read while they train", "with evaluating(net):", "if net.training:"),
        ("what follows a layer has no weights", "weights = layer.weights + _count(unit)", "weights = layer.weights"),
        ("hooks stay on the networks", "            hook.remove()", "            hook.id"),
    ),
    *_of(
        "engine/observer.py",
        "test_observer",
        ("the observer measures raw G", "model = Model(self._shadow)", "model = Model(self._shadow, raw=True)"),
        ("drift is measured by the variance", ".var(0, correction=0).sum().sqrt())", ".var(0, correction=0).sum())"),
        ("a changed knob does not reset the coach", 'CHANGES = ("knob", "failure",', 'CHANGES = ("failure",'),
    ),
    *_of(
        "engine/gate.py",
        "test_gate",
        ("who watches may command", '_STEER: frozenset[Right] = frozenset({"steer"})', "_STEER = _LOOK"),
        ("who watches reads the id of the run", "replace(result, run=id, origin=None)", "replace(result, origin=None)"),
    ),
    *_of(
        "engine/quality.py",
        "test_quality",
        ("race quality without coverage", "Quality(share * covered / len(data.centres)", "Quality(share"),
    ),
    *_of(
        "metrics/features/__init__.py",
        "test_features",
        (
            "features learn from their held-out tenth",
            "held, used = order[:split], order[split:]",
            "held, used = order[:split], order",
        ),
    ),
    *_of(
        "metrics/modes.py",
        "test_metrics test_bench_modes",
        ("a mode is covered from a twentieth of its share on", "SHARE = 0.1", "SHARE = 0.05"),
        (
            "reverse KL becomes forward KL",
            "(p[there] * np.log(p[there] / q[there])).sum()",
            "(q[there] * np.log(q[there] / p[there])).sum()",
        ),
    ),
    *_of(
        "metrics/path.py",
        "test_metrics test_evaluate_images",
        ("path length keeps the extremes", "DROPPED = 0.01", "DROPPED = 0.0"),
    ),
    *_of(
        "metrics/kernel.py",
        "test_metrics",
        (
            "KID counts each sample as its own neighbour",
            "            total -= _kernel((x * x).sum(1), x.shape[1]).sum()\n",
            "            pass\n",
        ),
    ),
    *_of(
        "metrics/histogram.py",
        "test_metrics",
        ("Jensen-Shannon forgets what lies outside", "counts[-1] = len(points) - inside.sum()", "counts[-1] = 0"),
    ),
    *_of(
        "latent/paths.py",
        "test_latent test_walks",
        (
            "the spline's slope is twice that of Catmull and Rom",
            "np.roll(unit, 1, axis=0))) / 6",
            "np.roll(unit, 1, axis=0))) / 3",
        ),
        (
            "the monotone spline's slope is the arithmetic mean",
            "np.where(same, 2 * step * past / np.where(same, step + past, 1), 0)",
            "np.where(same, (step + past) / 2, 0)",
        ),
    ),
    *_of(
        "utils/interpolation.py",
        "test_latent test_walks",
        ("slerp does not change its norm", "((1 - t) * norm_a + t * norm_b) * turned", "norm_a * turned"),
        (
            "a uniform z walks along great circles",
            'return "lerp" if distribution == "uniform" else "slerp"',
            'return "slerp"',
        ),
    ),
    *_of(
        "coach/__init__.py",
        "test_coach",
        ("one reading changes what the coach says", "HOLD = 3", "HOLD = 1"),
    ),
    *_of(
        "coach/detectors.py",
        "test_coach test_coach_limits",
        ("a sure D is one that ranks 90 % right", "SURE = 0.98", "SURE = 0.9"),
        ("a gradient of 0.1 has vanished", "GONE = 1e-3", "GONE = 0.1"),
        ("a D that ranks 80 % right is weak", "0.35 < auc < 0.63", "0.35 < auc < 0.8"),
        (
            "copies are not compared with those among real samples",
            "2.5 * copies.floor, copies.floor + 3 * copies.floor_std",
            "0.0",
        ),
    ),
    *_of(
        "training/games/gan.py",
        "test_mistakes",
        (
            "the auxiliary classifier learns from real samples only",
            "self._class_loss(guess_real, y) + self._class_loss(guess_fake, y)",
            "self._class_loss(guess_real, y)",
        ),
    ),
    *_of(
        "training/fixed_company.py",
        "test_snapshot",
        (
            "a sample on show always has the first set of partners",
            "len(company.partners)\n    return D.finish",
            "1\n    return D.finish",
        ),
    ),
    *_of(
        "metrics/evaluate/by_features.py",
        "test_evaluate_images",
        (
            "metrics ask a conditional G for the first class only",
            "        y = labels(share, len(z)) if model.classes else None\n",
            "        y = labels(share, len(z)) * 0 if model.classes else None\n",
        ),
    ),
    *_of(
        "metrics/similarity.py",
        "test_metrics test_evaluate_images",
        ("SSIM is computed on [-1, 1]", "    a, b = (a + 1) / 2, (b + 1) / 2\n", ""),
    ),
    *_of(
        "metrics/copies.py",
        "test_evaluate_images",
        ("a smooth image is a copy", "return (ratio < RATIO) & (apart <= usual)", "return apart <= usual"),
    ),
)

# Why a mutant may survive.
EXCUSED: dict[str, str] = {}
