"""What every test shares: a data folder of its own, and a reason where no browser is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny networks; more threads collapse when anything else runs
WITH_A_BROWSER, WITHOUT = "tests/browser/", "tests/browser/test_soak.py"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_configure(config: pytest.Config) -> None:
    """The tests mean the CPU, to the bit; those of a GPU are chosen with `-m cuda`."""
    if config.option.markexpr != "cuda":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""


def _scope(nodeid: str) -> str:
    """What one worker runs without a break: a file, or half of the files with a browser, one after the other."""
    file = nodeid.partition("::")[0]
    if not file.startswith(WITH_A_BROWSER) or file == WITHOUT:
        return file
    return WITH_A_BROWSER + ("first" if file.removeprefix(WITH_A_BROWSER + "test_") < "m" else "second")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, and small files come last, so that both workers end at about the same time."""
    others = {scope: n for n, scope in enumerate(dict.fromkeys(_scope(item.nodeid) for item in items))}
    places = {WITHOUT: -2.0, WITH_A_BROWSER + "first": -1.0, WITH_A_BROWSER + "second": len(others) / 2 + 0.5}
    items.sort(key=lambda item: places.get(_scope(item.nodeid), others[_scope(item.nodeid)]))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Each scope is one worker's."""

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _scope(nodeid)

    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees or leaves a run in the user's data folder."""
    os.environ["PLAYGROUND_HOME"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser. Without one the test is skipped, except where CI=true: there it fails."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        reason = f"no browser found; looked for {', '.join(BROWSERS)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python with these arguments in a process of its own, in the root of the repository."""

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **options
        )

    return run
