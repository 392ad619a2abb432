"""Whether the metrics can be believed: on planted samples whose quality is known.

For every metric and every dataset that needs no network:
- real samples in the place of generated ones, again and again, read the middle of the band of real samples;
- such a perfect sampler reads no better than real by more than the band;
- every planted corruption makes the metrics worse that must react to it, the more the stronger it is.
Images are compared twice: those of a run on all of the data, whose real samples are training images, and those of a run
on PART of it, whose real samples it has never seen. Copies need the second: a perfect sampler makes unseen images. The
path length has no real value, and so no place here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from playground import data
from playground.config.run_config import RunConfig
from playground.data import DATASETS, Samples
from playground.metrics.catalogue import MEASURES
from playground.metrics.evaluate import by_features, by_numbers
from playground.metrics.evaluate.reference import drawn, in_order, others
from playground.metrics.evaluate.values import due
from playground.metrics.features import normalised
from playground.utils.chunked import Progress, run_to_end
from playground.utils.readings import Floor

HERE = [key for key, dataset in DATASETS.items() if dataset.origin == "here"]
PART = 0.6  # of a dataset of images, for the second comparison
WIDE = 2  # standard deviations of the band on each side, as it is drawn
REPEATS = 8
LEVELS = 4  # of a corruption, the first of which is none

Values = dict[str, float]
Measure = Callable[[torch.Tensor, torch.Tensor | None, Collection[str]], tuple[Values, dict[str, Floor]]]
Labelled = tuple[torch.Tensor, torch.Tensor | None]
ALL = tuple(key for key, m in MEASURES.items() if key != "path_length" and "latents" in m.of)
IMAGES_REACT: dict[str, tuple[str, ...]] = {
    "noise": ("frechet", "kernel", "score", "precision", "density", "coverage"),
    "blur": ("frechet", "kernel", "precision", "density", "coverage"),
    "dropped classes": ("frechet", "kernel", "score", "recall", "coverage", "imbalance", "spread"),
    "few images": ("frechet", "recall", "coverage", "similarity"),
    "copies": ("copies",),
}
POINTS_REACT: dict[str, tuple[str, ...]] = {
    "noise": ("jensen_shannon", "sliced_wasserstein", "high_quality"),
    "dropped modes": ("jensen_shannon", "sliced_wasserstein", "modes", "reverse_kl"),
    "shrunk": ("sliced_wasserstein", "spread"),
    "half missing": ("jensen_shannon", "sliced_wasserstein"),
}


@dataclass(frozen=True)
class Kind:
    """What is tried with samples of one modality.

    `fresh(config, samples, told, seed)` gives real samples that are none of those that they are compared with, and
    their labels. `levels(x, y, samples)` gives x at `LEVELS` of each corruption, to each of which the metrics in
    `must_react` must react.
    """

    fresh: Callable[[RunConfig, Samples, bool, int], Labelled]
    measure: Callable[[RunConfig, Samples, bool], Measure]
    levels: Callable[[torch.Tensor, torch.Tensor | None, Samples], dict[str, list[torch.Tensor]]]
    must_react: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Real:
    """Real samples in the place of generated ones: `values` of each repeat, `z` of their mean in deviations of the
    band, and how many `better` ends of the band they pass on average, 0 for none.
    """

    dataset: str
    of: str
    told: bool
    metric: str
    count: int
    floor: float
    std: float
    values: tuple[float, ...]
    z: float
    better: float
    ok: bool


@dataclass(frozen=True)
class Planted:
    """A metric at rising levels of a corruption, and how much worse than the floor each is, in deviations of the band.

    A gap below 0 is better than real samples. Where neither more nor less is better, all that is off is worse.
    """

    dataset: str
    of: str
    corruption: str
    metric: str
    values: tuple[float, ...]
    gaps: tuple[float, ...]
    ok: bool


def report(datasets: Sequence[str], repeats: int = REPEATS) -> dict[str, Any]:
    """What all of them say; "ok" if every line is."""
    real: list[Real] = []
    planted: list[Planted] = []
    for key in tqdm(datasets, disable=None):
        for of, config in _configs(key):
            samples = data.load(key, choice=config.choice)
            for told in (False, True) if samples.classes > 1 else (False,):
                real += _real(key, of, told, config, samples, repeats)
            planted += _planted(key, of, config, samples)
    return {
        "wide": WIDE,
        "repeats": repeats,
        "must_react": {key: kind.must_react for key, kind in KINDS.items()},
        "not_planted": {"path_length": "real samples have none"},
        "ok": all(line.ok for line in real) and all(line.ok for line in planted),
        "real": [asdict(line) for line in real],
        "planted": [asdict(line) for line in planted],
    }


def table(found: dict[str, Any]) -> str:
    """A line for each metric of each dataset, and those that are not as they should be."""
    head = "| dataset | lines | greatest \\|z\\| of real samples | corruptions that each metric saw | not ok |"
    lines = [head, "|---" * 5 + "|"]
    for key in dict.fromkeys(row["dataset"] for row in found["real"]):
        real = [row for row in found["real"] if row["dataset"] == key]
        planted = [row for row in found["planted"] if row["dataset"] == key]
        wrong = [f"{row['metric']} ({row.get('corruption', 'real')})" for row in (*real, *planted) if not row["ok"]]
        seen = f"{sum(row['ok'] for row in planted)} of {len(planted)}"
        z = max(abs(row["z"]) for row in real)
        lines.append(f"| {key} | {len(real) + len(planted)} | {z:.2f} | {seen} | {', '.join(wrong) or 'none'} |")
    return "\n".join(lines)


def run(datasets: Sequence[str], repeats: int = REPEATS) -> tuple[dict[str, Any], int]:
    """The report, printed as a table, and the exit code: 1 if anything is not as it should be."""
    found = report(datasets, repeats)
    sys.stdout.write(table(found) + "\n")
    return found, int(not found["ok"])


def _configs(key: str) -> list[tuple[str, RunConfig]]:
    config = RunConfig(dataset=key)
    if DATASETS[key].fresh is not None:
        return [("unseen", config)]
    size = int(PART * len(data.load(key).x))
    return [("training", config), ("unseen", config.changed(size=size))]


# Real samples


def _fresh_points(config: RunConfig, samples: Samples, told: bool, seed: int) -> Labelled:
    """Those that a run would learn from, as it is compared with others."""
    pool = by_numbers.pool_of(config, samples)
    taken = drawn(samples.y, pool.share, len(samples.x), pool.n, told, 1000 + seed)
    return _asked(samples.x, samples.y, taken, told)


def _fresh_images(config: RunConfig, samples: Samples, told: bool, seed: int) -> Labelled:
    """Others of the pool, in the range of G."""
    known = run_to_end(by_features.known_of(config, samples, told))
    found = known.pool
    rest = others(known.real[told].places, len(found.x))
    labels = None if found.y is None else found.y[rest]
    taken = rest[drawn(labels, found.share, len(rest), found.n, told, 1000 + seed)]
    x, y = _asked(found.x, found.y, taken, told)
    return normalised(x), y


def _asked(x: torch.Tensor, y: torch.Tensor | None, taken: torch.Tensor, told: bool) -> Labelled:
    """These samples and their labels, in the order in which G is asked for the classes where it is told them."""
    if y is None:
        return x[taken], None
    places = in_order(taken, y) if told else taken
    return x[places], y[places]


def _of_points(config: RunConfig, samples: Samples, told: bool) -> Measure:
    def measure(x: torch.Tensor, y: torch.Tensor | None, wanted: Collection[str]) -> tuple[Values, dict[str, Floor]]:
        def make(share: torch.Tensor, n: int) -> Generator[Progress, None, torch.Tensor]:
            yield 0, 1
            return x[:n]

        return run_to_end(by_numbers.compare(config, samples, told, make, due("points", True, wanted)))

    return measure


def _of_images(config: RunConfig, samples: Samples, told: bool) -> Measure:
    def measure(x: torch.Tensor, y: torch.Tensor | None, wanted: Collection[str]) -> tuple[Values, dict[str, Floor]]:
        def make(share: torch.Tensor, z: np.ndarray) -> by_features.Made:
            yield 0, 1
            return x[: len(z)], y[: len(z)] if told and y is not None else None

        return run_to_end(by_features.compare(config, samples, told, make, due("images", True, wanted)))

    return measure


def _real(key: str, of: str, told: bool, config: RunConfig, samples: Samples, repeats: int) -> list[Real]:
    kind = KINDS[samples.modality.key]
    measure = kind.measure(config, samples, told)
    found: list[Values] = []
    for seed in range(repeats):
        x, y = kind.fresh(config, samples, told, seed)
        values, floors = measure(x, y, ALL)
        found.append(values)
    rows = []
    for metric in found[0]:
        if metric == "copies" and of == "training":
            continue  # these are training images
        floor, values_of = floors[metric], np.array([values[metric] for values in found])
        z = (values_of.mean() - floor.mean) / _deviation(metric, floor, len(x))
        better = _better(metric, z)
        rows.append(
            Real(
                key, of, told, metric, len(x), *floor, tuple(values_of.tolist()), float(z), better,
                bool(abs(z) < WIDE and better == 0),
            )
        )  # fmt: skip
    return rows


def _deviation(metric: str, floor: Floor, n: int) -> float:
    """That of the band, but of a share no less than one sample in n, and of what is counted no less than one."""
    counted = MEASURES[metric]
    least = 1 / min(n, counted.samples) if counted.share else 1.0 if metric == "modes" else 1e-9
    return max(floor.std, least)


def _better(metric: str, z: float) -> float:
    """By how many deviations a reading is beyond the better end of the band."""
    toward = {"more": z, "less": -z, "real": 0.0}[MEASURES[metric].better]
    return max(0.0, float(toward) - WIDE)


# Corruptions


def _worse(metric: str, z: float) -> float:
    """How many deviations of the band a reading is worse than its middle."""
    return float({"more": -z, "less": z, "real": abs(z)}[MEASURES[metric].better])


def _planted(key: str, of: str, config: RunConfig, samples: Samples) -> list[Planted]:
    kind = KINDS[samples.modality.key]
    measure, must = kind.measure(config, samples, False), kind.must_react
    x, y = kind.fresh(config, samples, False, 0)
    rows = []
    for corruption, levels in kind.levels(x, y, samples).items():
        if corruption == "copies" and of == "training":
            continue
        found = [measure(level, None, must[corruption]) for level in levels]
        for metric in must[corruption]:
            if metric not in found[0][0] or not _can(metric, samples):
                continue
            values = [values[metric] for values, _floors in found]
            floor = found[0][1][metric]
            gaps = [_worse(metric, (value - floor.mean) / _deviation(metric, floor, len(x))) for value in values]
            rises = all(b >= a - 1 for a, b in pairwise(gaps))
            ok = rises and gaps[-1] >= WIDE and gaps[-1] > gaps[0]
            rows.append(Planted(key, of, corruption, metric, tuple(values), tuple(map(float, gaps)), bool(ok)))
    return rows


def _can(metric: str, samples: Samples) -> bool:
    """Whether this metric can see anything there: one mode cannot be lost."""
    return metric not in ("modes", "reverse_kl") or len(samples.centres) > 1


def _noise(x: torch.Tensor, seed: int = 0) -> torch.Tensor:
    return torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))


def _filled(x: torch.Tensor, n: int) -> torch.Tensor:
    """n samples: these, again and again."""
    return x[torch.arange(n) % len(x)]


def _image_levels(x: torch.Tensor, y: torch.Tensor | None, samples: Samples) -> dict[str, list[torch.Tensor]]:
    """Images (n, c, h, w) in [-1, 1] at LEVELS of each corruption."""
    side = 5 if min(x.shape[2:]) < 16 else 9
    smooth = nn.functional.avg_pool2d(x, side, 1, side // 2, count_include_pad=False)
    order = torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(1))
    train = _filled(normalised(samples.x[order[: len(x)]]), len(x))
    chosen = torch.rand(len(x), generator=torch.Generator().manual_seed(0))[:, None, None, None]
    found = {
        "noise": [(x + a * _noise(x)).clamp(-1, 1) for a in (0, 0.2, 0.4, 0.8)],
        "blur": [(1 - a) * x + a * smooth for a in (0, 0.6, 0.8, 1.0)],
        "few images": [_filled(x[:n], len(x)) for n in (len(x), len(x) // 5, len(x) // 20, 3)],
        "copies": [torch.where(chosen < a, train, x) for a in (0, 0.2, 0.5, 1.0)],
    }
    if y is not None:
        found["dropped classes"] = _dropped(x, y, samples.classes)
    return found


def _point_levels(x: torch.Tensor, y: torch.Tensor | None, samples: Samples) -> dict[str, list[torch.Tensor]]:
    """Points (n, 2) at LEVELS of each corruption."""
    far, order = x.std(), x[:, 0].argsort()
    found = {
        "noise": [x + a * far * _noise(x) for a in (0, 0.1, 0.3, 1.0)],
        "shrunk": [a * x for a in (1, 0.8, 0.5, 0.1)],
        "half missing": [_filled(x[order[int(a * len(x)) :]], len(x)) for a in (0, 0.2, 0.5, 0.8)],
    }
    if y is not None and len(samples.centres) == samples.classes > 1:
        found["dropped modes"] = _dropped(x, y, samples.classes)
    return found


def _dropped(x: torch.Tensor, y: torch.Tensor, classes: int) -> list[torch.Tensor]:
    """With fewer and fewer classes, the last with one."""
    kept = [max(1, round(classes * share)) for share in (1, 0.7, 0.4)] + [1]
    return [_filled(x[y < k], len(x)) for k in kept]


KINDS = {  # by the key of the modality
    "images": Kind(_fresh_images, _of_images, _image_levels, IMAGES_REACT),
    "points": Kind(_fresh_points, _of_points, _point_levels, POINTS_REACT),
}
