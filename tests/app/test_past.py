"""The timeline of the Train page, its dialogs and the projector mode, without a browser and without an engine."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.engine.messages import Branch, Event, Mark, Pause, Play, Remember, Rewind, Step
from playground.ui import calls, past
from playground.ui.components import timeline as timeline_component
from playground.ui.pages.train import timeline
from tests.app.fakes import FakeHost
from tests.app.test_train_page import only_run, open_page, param, texts


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


def at_a_moment(host: FakeHost, preset: str = "ring"):
    """A page that looks at step 2 of a run at step 5."""
    page = open_page(host, unfold=False, preset=preset)
    for command in (Step(), Step(), Remember(), Step(), Step(), Step()):
        host.send(next(iter(host.runs)), command)
    page.session_state["_looking"] = 1
    return page.run()


def keys(page) -> set[str]:
    return {button.key for button in page.button}


def test_remember_keeps_a_moment(host):
    page = open_page(host, unfold=False)
    page.button(key="remember").click().run()
    assert Remember() in host.commands
    assert not page.exception


def test_it_is_said_once_that_a_moment_is_kept(host, monkeypatch):
    page = open_page(host, unfold=False)
    run = only_run(host)
    run.apply(Step())
    page.run()
    keep = run.keep
    monkeypatch.setattr(run, "keep", lambda kind: None)  # an engine that has not come to it yet
    page.button(key="remember").click().run()
    assert not page.toast, "only what is true"
    keep("kept")
    page.run()
    assert [toast.value for toast in page.toast] == ["Step 1 is kept. The diamond on the timeline leads back to it."]
    page.run()
    assert not page.toast


def test_the_past_is_on_the_stage_and_says_so(host):
    page = at_a_moment(host)
    assert not page.exception
    assert "Step 2, as it was. The run is at step 5." in texts(page)
    assert {"rewind", "fork", "now"} <= keys(page)
    assert "remember" not in keys(page)
    page.button(key="play").click().run()
    assert "The training goes on" in texts(page)
    page.button(key="now").click().run()
    assert "as it was" not in texts(page)
    assert "remember" in keys(page)


def test_rewind_goes_on_from_there(host):
    page = at_a_moment(host)
    page.button(key="rewind").click().run()
    assert host.commands[-1] == Rewind(1)
    assert only_run(host).step == 2
    assert "remember" in keys(page)


def test_a_moment_that_is_gone_is_said(host):
    page = open_page(host, unfold=False)
    page.session_state["_looking"] = 77
    page.run()
    assert not page.exception
    assert "remember" in keys(page.run())


def test_a_fork_is_a_run_of_its_own(host):
    page = at_a_moment(host)
    old = param(page, "run")
    page.button(key="fork").click().run()
    page.run()
    assert not page.exception
    assert "goes on from step 2" in texts(page)
    page.select_slider(key="fork_value_r1").set_value(1.0).run()
    page.button(key="fork_yes").click().run()
    new = param(page, "run")
    assert new != old
    assert host.runs[new].step == 2
    assert host.runs[new].config["r1"] == 1.0
    assert host.runs[old].config["r1"] == 0.1
    assert "fork_yes" not in keys(page), "the dialog is closed"
    assert not page.exception


def test_a_gan_is_taken_home_as_code_and_a_translation_says_why_not(host):
    page = open_page(host, unfold=False)
    page.button(key="home").click().run()
    assert {"Python script", "Notebook", "G as safetensors"} <= {b.proto.label for b in page.get("download_button")}
    translating = PRESETS["inpaint-half"].config.model_dump()
    only_run(host).config |= translating
    page = page.run()
    assert "Python script" not in {b.proto.label for b in page.get("download_button")}
    assert "Only a GAN can be taken home as a script yet" in "".join(c.value for c in page.caption)


def test_another_file_is_refused_with_a_sentence(host):
    page = open_page(host, unfold=False)
    old = param(page, "run")
    page.button(key="open").click().run()
    page.run()
    page.file_uploader(key="open_run").upload("run.zip", b"hello", "application/zip").run()
    page.button(key="open_yes").click().run()
    assert not page.exception
    assert "not a run of GAN Playground" in "".join(w.value for w in page.warning)
    assert param(page, "run") == old
    page.file_uploader(key="open_run").upload("run.zip", b"zip of step 41", "application/zip").run()
    page.button(key="open_yes").click().run()
    assert param(page, "run") != old
    assert host.runs[param(page, "run")].step == 41
    assert not page.exception


def test_a_page_that_is_closed_stops_the_reading(monkeypatch):
    gave_up = threading.Event()
    host = SimpleNamespace(
        admit=lambda run, held: held, open=lambda new, content: gave_up.wait(60), cancel_open=lambda new: gave_up.set()
    )

    def closed() -> None:
        raise StopException

    monkeypatch.setattr(calls, "host", lambda: host)
    monkeypatch.setattr(past, "looking", closed)
    with pytest.raises(StopException):
        past.open_run(b"a large file")
    assert gave_up.is_set()


def test_the_projector_has_fewer_controls(host):
    page = open_page(host, unfold=False)
    page.button(key="projector").click().run()
    assert not page.exception
    assert {"play", "step", "reset", "remember", "projector"} <= keys(page)
    assert not {"home", "open"} & keys(page)
    page.button(key="play").click().run()
    assert host.commands[-1] == Play()
    page.button(key="play").click().run()
    assert host.commands[-1] == Pause()
    page.button(key="projector").click().run()
    assert {"home", "open"} <= keys(page)


def test_every_shortcut_of_a_button_is_listed(host):
    used = {b.proto.shortcut.upper() for b in at_a_moment(host).button}
    used |= {b.proto.shortcut.upper() for b in open_page(FakeHost(), unfold=False).button}
    walk = open_page(FakeHost(), unfold=False).button_group(key="side").set_value("walk").run()
    used |= {b.proto.shortcut.upper() for b in walk.button(key="walk_both").click().run().button}
    listed = {key.upper() for keys, _text in timeline._keys("points") for key in keys.split()}
    assert used - {""} == listed - {"[", "]", "?", "+", "−"}, (
        "what a button answers to and what the list says are the same"
    )


def test_the_list_has_no_key_that_does_nothing(host, monkeypatch):
    monkeypatch.setattr("playground.ui.projector.on", lambda: True)
    used = {b.proto.shortcut.upper() for b in at_a_moment(host).button}
    used |= {b.proto.shortcut.upper() for b in open_page(FakeHost(), unfold=False).button}
    listed = {key.upper() for keys, _text in timeline._keys("images") for key in keys.split()}
    assert used - {""} == listed - {"[", "]", "?", "ENTER"}


def test_another_run_in_the_address_is_shown_as_it_is_now(host):
    page = at_a_moment(host)
    page.session_state["_tile"] = 3
    page.query_params.clear()
    other = open_page(host, unfold=False, preset="digits")
    page.query_params["run"] = param(other, "run")
    page.run()
    assert not page.exception
    assert "as it was" not in texts(page)
    assert "_tile" not in page.session_state


def test_a_tile_that_is_followed_when_the_data_changes_breaks_nothing(host, monkeypatch):
    monkeypatch.setattr(past, "STRIP_EVERY", -1.0)  # the next look asks anew
    page = at_a_moment(host, "digits")
    page.session_state["_tile"] = 3
    page.run()
    assert "Sample 4 through time" in texts(page)
    run = only_run(host)
    run.config |= PRESETS["ring"].config.model_dump()
    run.generation += 1
    for _ in range(2):  # the stage shows images of the past, the run makes points
        page.run()
        assert not page.exception
        assert "through time" not in texts(page)
    page.button(key="now").click().run()
    assert not page.exception
    assert "through time" not in texts(page)


def test_only_knobs_are_counted_as_more_changes(host):
    page = open_page(host, unfold=False)
    run = only_run(host)
    run.step, run.events = 7, [Event(7, "rewind", "Back from step 9"), Event(7, "knob", "R1: 0 → 0.02")]
    assert "Step 7: R1: 0 → 0.02" in texts(page.run())
    assert "more" not in texts(page)
    run.events.append(Event(7, "knob", "Batch: 64 → 32"))
    assert "(and 1 more knob)" in texts(page.run())


def test_the_timeline_tells_data_apart(host):
    page = at_a_moment(host, "digits")
    view = host.view(param(page, "run"))
    assert view is not None
    other = replace(
        view, config=PRESETS["ring"].config.model_dump(), branches=(Branch(0, None, 0, 5), Branch(1, None, 0, 3))
    )
    assert timeline_component._groups(view) == ([("digits", "")], {1: 0}, {0: 0})
    assert timeline_component._groups(other) == ([("digits", ""), ("ring", "")], {1: 0}, {0: 0, 1: 1})
    bare = replace(other, moments=(Mark(1, 0, 0, "start", "", True),))
    assert timeline_component._groups(bare)[0] == [("ring", "")], "a moment that says nothing is of the present data"


@pytest.mark.parametrize("dialog", ["timeline", "sharing"])
def test_a_dialog_that_is_asked_for_again_at_once_opens(dialog):
    """The dismissal of the first one is heard late; and the page draws the second one, though it has the same name."""

    def timeline_dialog():
        import streamlit as st

        from playground.ui.pages.train import timeline

        timeline.ask(timeline.OPEN)
        first, dismissed = timeline.turn(), timeline.dismissal()
        timeline.close()
        timeline.ask(timeline.OPEN)
        dismissed()
        st.text(f"{timeline.asked()} {timeline.turn() - first}")

    def sharing_dialog():
        import streamlit as st

        from playground.ui import sharing

        sharing._ask()
        first = sharing.asked()
        sharing.close()
        sharing._ask()
        sharing._dismissed(first)
        st.text(f"open {sharing.asked() - first}")

    page = AppTest.from_function({"timeline": timeline_dialog, "sharing": sharing_dialog}[dialog]).run()
    assert not page.exception
    assert page.text[0].value == "open 1"
