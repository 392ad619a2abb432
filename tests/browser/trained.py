"""Runs that were trained before anybody opens them: a page shows what came of it, without Play and Pause."""

from __future__ import annotations

from functools import cache

from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.engine.run_storage import RunStorage
from playground.ui import link
from tests.browser.app import App


@cache
def _checkpoint(preset: str, steps: int) -> bytes:
    run = Run("trained", PRESETS[preset].config)
    assert run.advance(steps) == steps
    return run.to_bytes()


def trained(app: App, preset: str = "digits", steps: int = 50) -> str:
    """Leaves a run of so many steps on the disk of the server; gives its id.

    Its curves are there, its moments and metrics begin when it goes on. Those of a preset and steps are all alike.
    """
    storage, run_id = RunStorage(app.home / "runs"), link.new_id()
    storage.write(run_id, _checkpoint(preset, steps))
    storage.let_go(run_id)
    return run_id
