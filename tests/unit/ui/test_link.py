"""The URL of a run."""

import pytest

from playground.config.presets import DEFAULT, PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.ui import link


def test_ids_are_valid_and_differ():
    ids = {link.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(link.is_id(run) for run in ids)


@pytest.mark.parametrize("text", ["", "short", "a" * 65, "../../../etc/passwd", "a" * 16 + "\n", "ä" * 20])
def test_what_is_no_id(text):
    assert not link.is_id(text)


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_is_written_as_its_name_alone(key):
    run = link.new_id()
    assert link.write(run, PRESETS[key].config) == {"run": run, "preset": key}


def test_write_then_read_gives_the_same_config():
    config = PRESETS["grid"].config.changed(g_lr=0.0123, objective="wgan", z_dim=7, seed=3, conditional=False)
    query = link.write("x" * 16, config)
    assert set(query) == {"run", "preset", "g_lr", "objective", "z_dim", "seed"}
    assert link.read(query) == (config, [])


def test_every_knob_survives_the_url():
    values = {
        "conditional": True,
        "dataset": "digits",
        "network": "dcgan",
        "folder": "/some where/ä&b=c",
        "beta1": 0.25,
    }
    config, findings = RunConfig.read(values)
    assert findings == []
    assert link.read(link.write("x" * 16, config)) == (config, [])


def test_an_empty_url_is_the_default_preset():
    assert link.read({}) == (PRESETS[DEFAULT].config, [])


def test_nonsense_is_said_and_never_fails():
    query = {"preset": "../x", "g_lr": "99", "z_dim": "many", "objective": "best", "colour": "red", "run": "<script>"}
    config, findings = link.read(query)
    said = "\n".join(findings)
    assert config.g_lr == KNOBS["g_lr"].high
    assert (config.z_dim, config.objective) == (PRESETS[DEFAULT].config.z_dim, PRESETS[DEFAULT].config.objective)
    for word in ("../x", "g_lr", "z_dim", "best", "colour"):
        assert word in said
    assert len(findings) == 5


def test_many_unknown_names_are_said_once():
    _config, findings = link.read({f"name{i}" * 30: "1" for i in range(50)})
    assert len(findings) == 1
    assert len(findings[0]) < 300
