"""The knobs with which a game begins: for every game, kind of data and network that one may come from."""

import itertools

import pytest

from playground import data
from playground.config.games import GAMES, TRANSLATIONS
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.config.starts import begun, begun_for
from playground.data import DATASETS
from playground.data.tasks import TASKS
from playground.engine.run import Run
from playground.models import NETWORKS
from playground.ui import link

PLACES = [key for key, dataset in DATASETS.items() if not dataset.asks]
KINDS = ["digits", "digits-16", "shapes", "typeset-digits", "ring", "moons"]


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("dataset", PLACES)
def test_every_pair_of_game_and_data_begins_with_what_fits(game: str, dataset: str) -> None:
    before = PRESETS["digits"].config.changed(seed=7, device="cpu")
    config = begun(before, game, dataset)
    assert RunConfig(**config.model_dump()) == config
    assert (config.game, config.dataset, config.seed, config.device) == (game, dataset, 7, "cpu")
    if game in TRANSLATIONS:
        task = TASKS[config.task]
        assert task.modality in ("", DATASETS[dataset].kind)
        assert task.paired or game == "cycle"
        assert not (task.masked and game == "cycle")
        assert config.network == ("unet" if DATASETS[dataset].kind == "images" else "mlp")
        assert config.batch_size <= 64


@pytest.mark.parametrize("game", sorted(TRANSLATIONS))
def test_any_network_and_data_that_a_link_names_are_mended(game: str) -> None:
    for network, dataset in itertools.product(NETWORKS, KINDS):
        config, findings = RunConfig.read({"game": game, "network": network, "dataset": dataset})
        family = NETWORKS[config.network]
        assert family.translator is not None
        assert not family.modalities or DATASETS[dataset].kind in family.modalities
        assert not (family.refuses_given or family.refuses)(config, DATASETS[dataset].shape)
        assert findings or config.network == network
        assert TASKS[config.task].modality in ("", DATASETS[dataset].kind)


@pytest.mark.parametrize("game", sorted(TRANSLATIONS))
@pytest.mark.parametrize("dataset", ["digits", "digits-16", "shapes", "moons"])
def test_what_it_begins_with_trains(game: str, dataset: str) -> None:
    run = Run("run-of-the-start-test", begun(PRESETS["digits"].config, game, dataset))
    run.advance(2)
    run.settle()
    assert not run.notice
    assert run.step == 2


def test_the_measured_settings_come_with_the_game() -> None:
    paired = begun(PRESETS["digits"].config, "paired", "typeset-digits")
    assert (paired.batch_size, paired.g_width, paired.d_width, paired.g_norm) == (16, 16, 16, "batch")
    assert (paired.r1, paired.penalty_every, paired.objective) == (0.2, 8, "non-saturating")
    cycle = begun(paired, "cycle", "shapes")
    assert (cycle.objective, cycle.g_norm, cycle.cycle_weight) == ("lsgan", "group", 10.0)


def test_a_task_stays_from_one_translation_to_another_if_it_fits() -> None:
    digits = PRESETS["digits"].config
    assert begun(begun(digits, "paired").changed(task="denoise", task_amount=0.2), "cycle").task == "denoise"
    assert begun(begun(digits, "paired").changed(task="denoise", task_amount=0.2), "cycle").task_amount == 0.2
    assert begun(begun(digits, "paired"), "cycle").task == "thin-bold", "nothing could be hidden again on the way back"
    assert begun(begun(digits, "cycle", "moons").changed(task="between"), "paired").task == "turn"


def test_the_way_back_to_a_gan_is_that_of_the_dataset() -> None:
    for preset in ("digits", "ring", "typeset", "shapes"):
        config = PRESETS[preset].config
        assert begun(begun(config, "paired"), "gan") == config


def test_a_link_written_by_hand_gets_the_knobs_of_its_game_and_one_of_ours_keeps_its_own() -> None:
    config, findings = link.read({"game": "paired", "dataset": "typeset-digits", "g_width": "8"})
    assert findings == []
    assert config == begun(PRESETS["digits"].config, "paired", "typeset-digits").changed(g_width=8)
    odd = config.changed(batch_size=PRESETS["digits"].config.batch_size, g_norm="none", r1=0.1)
    assert link.read(link.write("run", odd))[0] == odd


@pytest.mark.parametrize("dataset", KINDS)
def test_data_are_in_the_shape_that_starts_go_by(dataset: str) -> None:
    if DATASETS[dataset].origin == "here":
        assert data.load(dataset).shape == DATASETS[dataset].shape


def test_what_another_game_or_other_data_begin_with() -> None:
    gan, paired = PRESETS["digits"].config, PRESETS["inpaint-half"].config
    assert begun_for({"game": "paired"}, gan) == begun(gan, "paired")
    assert begun_for({"game": "paired", "dataset": "moons"}, gan) == begun(gan, "paired", "moons")
    assert begun_for({"dataset": "moons"}, paired) == begun(paired, "paired", "moons")
    for values in ({}, {"game": "gan"}, {"dataset": "moons"}, {"game": "hockey"}, {"game": []}):
        assert begun_for(values, gan) is gan
    for values in ({"game": "paired"}, {"dataset": "digits-16"}, {"game": "cycle", "dataset": "cats"}):
        assert begun_for(values, paired) is paired
