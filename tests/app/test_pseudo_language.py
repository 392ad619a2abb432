"""Each page in a language in which nothing looks like English: what is not translated stands out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from playground.coach import CONDITIONS, Diagnosis, announced
from playground.config.knob import GROUPS
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS
from playground.data import DATASETS
from playground.engine.failures import NOT_FINITE
from playground.engine.messages import Event
from playground.ui import language, style
from playground.ui.knobs import form
from playground.ui.pages import PAGES
from playground.ui.pages.latent.tools import TOOLS
from playground.ui.pages.train import beside, timeline
from playground.utils import translation
from playground.utils.translation import _, joined
from tests.app import pseudo
from tests.app.fakes import FakeHost

RUN = "7" * 22


@pytest.fixture(autouse=True)
def _spoken() -> Iterator[None]:
    pseudo.speak()
    language._thread.language = pseudo.LANGUAGE  # AppTest formats options itself, in the thread of the test
    yield
    del language._thread.language
    translation._others.clear()
    translation.add(pseudo.LANGUAGE, {})
    translation._others.clear()


def _door(path: str) -> None:
    import streamlit as st

    from playground.ui import language, projector
    from playground.ui.pages import PAGES, entry

    language.begin()
    pages = {name: entry(name) for name in PAGES}
    for name, page in pages.items():
        page._default = name == path
    chosen = st.navigation(list(pages.values()))
    projector.corner()
    language.corner()
    chosen.run()


def open_page(path: str, preset: str, step: int = 300, **state: object) -> AppTest:
    """A page on a run that was trained a little."""
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.model_dump())
    host.runs[RUN].step = step
    page = AppTest.from_function(_door, kwargs={"path": path}, default_timeout=120)
    page.session_state["_host"] = host
    for name, value in state.items():
        page.session_state[name] = value
    if path != "race":
        page.query_params["run"] = RUN
    page.query_params["lang"] = pseudo.LANGUAGE
    return page.run()


def all_translated(page: AppTest) -> None:
    assert not page.exception
    said = list(pseudo.texts(page))
    assert any("⟦" in text for text in said), said[:20]
    found = pseudo.strangers(page)
    assert not found, "\n".join(f"{word}: {text}" for word, text in found.items())


def test_the_language_keeps_what_is_no_language() -> None:
    assert pseudo.pseudo("Step {n}: `code`") == "⟦Šţéþ {n}: `code`······⟧"


@pytest.mark.parametrize("preset", ["ring", "digits", "inpaint-half"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_translated(path: str, preset: str) -> None:
    all_translated(open_page(path, preset))


@pytest.mark.parametrize("preset", ["digits", "red-blue"])
@pytest.mark.parametrize("side", [beside.METRICS, beside.OBJECTIVE, beside.NETWORKS])
def test_what_stands_beside_the_stage_is_translated(side: str, preset: str) -> None:
    all_translated(open_page("train", preset, _beside=side))


@pytest.mark.parametrize("dialog", [timeline.FORK, timeline.HOME, timeline.OPEN])
def test_a_dialog_is_translated(dialog: str) -> None:
    all_translated(open_page("train", "ring", _dialog=dialog))


@pytest.mark.parametrize("scope", ["ring", "info-digits", "inpaint-half"])
def test_all_knobs_are_translated(scope: str) -> None:
    folds = {form.group_key(group): True for group in GROUPS}
    all_translated(open_page("train", scope, **{form.SCOPE: form.ALL}, **folds))


@pytest.mark.parametrize("path", ["train", "race"])
def test_a_page_on_a_projector_is_translated(path: str) -> None:
    all_translated(open_page(path, "ring", **{style.PROJECTOR: True}))


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("preset", ["ring", "digits"])
def test_a_tool_is_translated(tool: str, preset: str) -> None:
    kind = DATASETS[PRESETS[preset].config.dataset].kind
    all_translated(open_page("latent", preset, **{f"latent_tool_{kind}": tool}))


def test_the_presets_are_translated() -> None:
    all_translated(open_page("train", "ring", gallery=True))


@pytest.mark.parametrize("key", CONDITIONS)
def test_what_the_coach_says_is_translated(key: str) -> None:
    """An engine says it in English, and it is translated where it is read."""
    page = open_page("train", "ring")
    run = page.session_state["_host"].runs[RUN]
    run.diagnosis = Diagnosis(key, (_("{n} of the samples within 3σ").format(n="4 %"),), 200)
    run.events.append(Event(210, "coach", announced(key)))
    run.version += 1
    all_translated(page.run())


def test_what_an_engine_says_is_translated() -> None:
    page = open_page("train", "ring")
    run = page.session_state["_host"].runs[RUN]
    run.notice = joined(" ", [NOT_FINITE.what, NOT_FINITE.advice])
    label = _("{label}: {old} → {new}").format(label=_(KNOBS["d_lr"].label), old=1, new=2)
    run.events += [Event(300, "knob", label), Event(300, "failure", NOT_FINITE.event.format(step=7))]
    run.version += 1
    all_translated(page.run())


def test_a_saved_event_is_translated() -> None:
    """It is plain text on the disk."""
    page = open_page("train", "ring")
    run = page.session_state["_host"].runs[RUN]
    run.events.append(Event(300, "knob", f"{KNOBS['d_lr'].label}: 1 → 2"))
    run.version += 1
    all_translated(page.run())
