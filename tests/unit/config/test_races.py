"""The races that teach can be run, and their lanes differ in nothing but their question."""

import pytest

from playground.config.races import DEFAULT, RACES
from playground.engine.race import LANES

EACH = pytest.mark.parametrize("key", RACES)


@EACH
def test_lanes_differ_in_the_knobs_of_the_question_only(key: str) -> None:
    race = RACES[key]
    assert race.key == key
    assert len(race.lanes) in LANES
    assert race.label
    assert race.why.endswith(".")
    configs = race.configs
    assert len({config.model_dump_json() for config in configs}) == len(configs), "no two lanes are the same run"
    for config, lane in zip(configs, race.lanes, strict=True):
        assert config.differences(race.base).keys() <= lane.values.keys()
        assert lane.values.keys() == set(race.knobs)
        assert config.dataset == race.base.dataset


@EACH
def test_names_of_lanes_are_short_and_different(key: str) -> None:
    names = [lane.name for lane in RACES[key].lanes]
    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 20 for name in names)


def test_only_seeds_change_the_first_weights() -> None:
    for race in RACES.values():
        assert ("seed" in race.knobs) == (race.key in ("seeds", "clouds", "black-white"))
    assert DEFAULT in RACES
