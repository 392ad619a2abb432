"""What a sample is; and that a new modality needs records only: here signals (1, 16) in [-1, 1]."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from playground.coach import cures
from playground.config import presets
from playground.config.presets import suited
from playground.config.run_config import KNOBS, RunConfig
from playground.data import DATASETS, Dataset, Samples, modality
from playground.data.modality import IMAGES, MODALITIES, POINTS, Modality
from playground.engine.messages import Frame, View
from playground.engine.modalities import IN_VIEWS, InView
from playground.engine.observer import Probe, read_now
from playground.engine.quality import measure, metric
from playground.engine.run import Run
from playground.engine.run_views import past
from playground.engine.snapshot import card, snapshot
from playground.engine.timeline_state import view_in, view_state
from playground.export.film import film
from playground.export.frame import Scene
from playground.export.modalities import IN_FILES, InFile
from playground.export.pictures import samples_png
from playground.metrics.evaluate import MODULES, floors
from playground.training.games.gan import GAN
from playground.training.model import pixels
from playground.training.trainer import Trainer
from playground.ui.modalities import ON_PAGES
from playground.ui.pages.train.metrics_panel import about
from playground.utils.errors import UserError
from playground.utils.readings import Floor, Measured

LENGTH, COUNT = 16, 200


def waves(source: str, progress: object) -> Samples:
    """Sines of one or two periods."""
    g = torch.Generator().manual_seed(0)
    y = torch.randint(2, (COUNT,), generator=g)
    t = torch.linspace(0, 2 * torch.pi, LENGTH) * (1 + y[:, None]) + 6 * torch.rand(COUNT, 1, generator=g)
    return Samples(0.9 * t.sin()[:, None], y, 2)


SIGNALS = Modality(
    key="signals",
    label="signals",
    fits=lambda shape: len(shape) == 2,
    dtype="float32",
    range=(-1.0, 1.0),
    normalise=lambda x: x,
    shown=lambda x: x.cpu().numpy(),
    arrange=lambda x: x.numpy(),
    is_stored=lambda x: x.dtype == np.float32 and x.ndim == 3,
    is_shown=lambda x: x.dtype == np.float32 and x.ndim == 3,
    fixed=30,
    drawn=20,
    company=10,
    threads=False,
)
WAVES = Dataset("waves", "Waves", "signals", waves, "Made by a formula", "Apache-2.0", (1, LENGTH), 2)
SMALL = {"dataset": "waves", "g_width": 8, "d_width": 8, "z_dim": 4, "batch_size": 16, "device": "cpu"}


def _add(view: View, trainer: Trainer, x: torch.Tensor, saliency: bool) -> View:
    return replace(view, scores=trainer.logits(x, trainer.fixed_y, "generated").numpy())


IN_VIEW = InView(
    key="signals",
    extent=lambda samples: 1.0,
    real=lambda samples: samples.x[:5].numpy(),
    add=_add,
    sheet=lambda samples: {"sheet": samples.x[:5].numpy()},
    distance="signals",
    flat=lambda x: x.reshape(len(x), -1),
    drift=10,
    raw_every=1,
)


def _picture(samples: np.ndarray) -> Image.Image:
    return Image.fromarray(((samples[:, 0] + 1) * 127.5).astype(np.uint8)).convert("RGB")


IN_FILE = InFile(
    key="signals",
    painter=lambda scene, like, side, bands: lambda samples, belief: _picture(samples).resize((64, 64)),
    marks=False,
    move=True,
    grey=lambda samples: True,
    sheet=lambda samples, real, extent: _picture(samples),
    walk=lambda samples, scene, chosen, strip: [np.asarray(_picture(samples[[i]])) for i in chosen],
)


def _work(model: Any, expensive: bool, only: object) -> Generator[tuple[int, int], None, Any]:
    yield 0, 1
    return {"spread": 1.0}, {"spread": Floor(1.0, 0.1)}


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """The records that a new modality has, and nothing else."""
    measures = SimpleNamespace(
        work=_work, floors=lambda samples, told: {"spread": Floor(1.0, 0.1)}, measured=lambda samples: Measured(5)
    )
    shown = replace(
        ON_PAGES["points"], key="signals", compared=lambda unseen: "{n} generated signals and {n} real ones."
    )
    records: list[tuple[Any, str, Any]] = [
        (MODALITIES, "signals", SIGNALS),
        (DATASETS, "waves", WAVES),
        (KNOBS["dataset"].choices, "waves", "Waves"),
        (presets.STARTS, "signals", presets.Start(lambda shape: {"batch_size": 32}, labels=True)),
        (cures.RATES, "signals", 1e-3),
        (MODULES, "signals", measures),
        (IN_VIEWS, "signals", IN_VIEW),
        (IN_FILES, "signals", IN_FILE),
        (ON_PAGES, "signals", shown),
    ]
    for registry, key, record in records:
        monkeypatch.setitem(registry, key, record)


@pytest.mark.parametrize(
    ("shape", "found"), [((2,), POINTS), ((1, 8, 8), IMAGES), ((3, 28, 28), IMAGES), ((8, 8, 3), IMAGES)]
)
def test_the_shape_of_a_sample_tells_its_modality(shape: tuple[int, ...], found: Modality) -> None:
    assert modality.of(shape) is found


@pytest.mark.parametrize("shape", [(), (1, 16), (2, 3, 4, 5)])
def test_another_shape_is_said_to_be_unknown(shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match="of no kind that is known"):
        modality.of(shape)


def test_every_dataset_is_of_a_modality_that_each_room_knows() -> None:
    assert {dataset.kind for dataset in DATASETS.values()} == set(MODALITIES)
    for registry in (IN_VIEWS, IN_FILES, ON_PAGES, MODULES, presets.STARTS, cures.RATES):
        assert set(registry) == set(MODALITIES)
    assert list(ON_PAGES) == ["points", "images"]  # the order of lists


def test_all_levels_of_an_image_come_back() -> None:
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    seen = IMAGES.normalise(levels)
    assert (seen.min(), seen.max()) == (-1, 1)
    assert np.array_equal(IMAGES.shown(seen), IMAGES.arrange(levels))
    assert IMAGES.arrange(levels).shape == (1, 16, 16, 1)
    assert levels[0, 0, 0, 1] == 1  # what is stored stays as it is


def test_points_are_left_as_they_are() -> None:
    x = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    assert POINTS.normalise(x) is x
    assert np.array_equal(POINTS.shown(x), x.numpy())


def test_what_may_be_stored_and_shown() -> None:
    image, point = np.zeros((2, 1, 8, 8), np.uint8), np.zeros((2, 2), np.float32)
    assert IMAGES.is_stored(image)
    assert not IMAGES.is_stored(image.astype(np.float32))
    assert not IMAGES.is_shown(image)
    assert IMAGES.is_shown(image.transpose(0, 2, 3, 1))
    assert POINTS.is_stored(point)
    assert not POINTS.is_stored(point + np.float32(np.nan))
    assert POINTS.is_shown(point + np.float32(np.nan))
    assert not POINTS.is_shown(point.astype(np.float64))


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("conditioning", ["projection", "concat"])
def test_a_gan_of_a_new_modality_trains_and_is_saved_to_the_bit(conditioning: str) -> None:
    config = RunConfig(**SMALL, conditional=True, conditioning=conditioning, minibatch_std=True)
    whole, half = Run("whole", config), Run("half", config)
    assert whole.trainer.G.range == (-1, 1)
    before = pixels(whole.trainer.sample(whole.trainer.fixed_z, whole.trainer.fixed_y, raw=True))
    assert before.shape == (SIGNALS.fixed, 1, LENGTH)
    whole.advance(6)
    half.advance(3)
    back = Run.from_bytes("back", half.to_bytes())
    back.advance(3)
    state, other = whole.trainer.state(), back.trainer.state()
    for name in ("G", "D", "G_ema"):
        assert all(torch.equal(value, other[name][key]) for key, value in state[name].items())
    assert not np.array_equal(before, whole.images("raw"))


@pytest.mark.usefixtures("signals")
def test_a_view_of_a_new_modality_is_made_kept_and_read_again() -> None:
    run = Run("signals", RunConfig(**SMALL))
    run.advance(2)
    view = snapshot(run, 1, "ema")
    assert view.samples is not None
    assert (view.kind, view.samples.shape, view.samples.dtype) == ("signals", (SIGNALS.fixed, 1, LENGTH), np.float32)
    assert view.scores is not None
    assert len(view.scores) == SIGNALS.fixed
    moment = run.remember()
    assert moment is not None
    assert moment.view.samples is not None
    assert len(moment.view.samples) == SIGNALS.drawn
    again = view_in(view_state(moment.view))
    assert again.samples is not None
    assert np.array_equal(again.samples, moment.view.samples)
    seen = past(run, moment.id)
    assert seen.real is not None
    assert np.array_equal(seen.real, run.samples.x[:5].numpy())
    with pytest.raises(ValueError, match="view"):
        view_in(view_state(replace(moment.view, kind="points")))
    assert card(run.samples).sheet is not None


@pytest.mark.usefixtures("signals")
def test_a_new_modality_is_measured_drawn_and_compared() -> None:
    run = Run("signals", RunConfig(**SMALL))
    run.advance(2)
    assert metric(run) == "signals"
    assert 0 < measure(run) < 2
    reading = read_now(Probe().look(run.trainer, expensive=True))
    assert reading.values["spread"].floor == 1.0
    assert set(floors(run.samples)) == {"spread"}
    view = snapshot(run, 1, "ema")
    assert about(replace(view, measured=Measured(5))).startswith("5 generated signals and 5 real ones.")
    assert view.samples is not None
    assert samples_png(view.samples, view.real, view.extent)[1:4] == b"PNG"
    frames = [Frame(step, view.samples * (1 - step / 4)) for step in range(3)]
    assert film(frames, "webp", Scene(), seconds=0.2)[:4] == b"RIFF"


@pytest.mark.usefixtures("signals")
def test_knobs_that_do_not_fit_a_new_modality_are_mended() -> None:
    config, findings = RunConfig.read({**SMALL, "network": "dcgan", "augment": "color"})
    assert (config.network, config.augment) == ("mlp", "none")
    assert any("DCGAN makes images, and Waves is made of signals." in text for text in findings)
    begun = suited("waves", "", (1, LENGTH), 2)
    assert (begun.batch_size, begun.conditional) == (32, True)


@pytest.mark.usefixtures("signals")
def test_a_new_modality_is_stored_in_its_own_type_only() -> None:
    with pytest.raises(UserError, match="cannot be used"):
        GAN(RunConfig(**SMALL), Samples(torch.zeros(COUNT, 1, LENGTH, dtype=torch.uint8)))
