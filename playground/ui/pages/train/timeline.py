"""Under the stage: the timeline, and what one does with a moment. Also the dialogs that fork a run and take it home."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from playground.config.run_config import KNOBS, RunConfig
from playground.engine.messages import Remember, View
from playground.ui import calls, knobs, past, projector, session, style, uploads
from playground.ui.components.keys import keys
from playground.ui.components.timeline import timeline
from playground.ui.modalities import ON_PAGES
from playground.ui.pages.train import download
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from playground.utils.translation import _, number

_LINE, _HEARD, _DIALOG, _TURN, _KNOB, _VALUE = "line", "_heard", "_dialog", "_dialog_turn", "fork_knob", "fork_value"
_KEEPING = "_keeping"  # (a run, which of its moments were kept when another one was asked for)
FORK, HOME, OPEN, LESSONS = "fork", "home", "open", "lessons"
_HIDDEN = ("J  K", "F", "T", "O")  # the keys of controls that are not there on a projector
_STEERING = ("P", "S", "0", "M", "B")  # those that whoever watches does not have


def render(view: View | None) -> None:
    """The timeline and its buttons."""
    with st.container(key="timeline", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        if view is None or view.status == "loading":
            st.html('<div class="line"></div>')
            return
        _confirm(view)
        timeline(view, past.looking(), st.session_state.get(_HEARD, 0), key=_LINE, on_change=_look)
        keys(_keys(view.kind), key="keys")
        with st.container(key="moment_buttons", horizontal=True, width="content", gap="small", wrap=False):
            if past.looking() is None:
                _buttons_of_the_present(view)
            else:
                _buttons_of_the_past(view)


def _kept(view: View) -> tuple[str, frozenset[int]]:
    return view.run, frozenset(mark.id for mark in view.moments if mark.kind == "kept")


def _keep_moment(before: tuple[str, frozenset[int]]) -> None:
    st.session_state[_KEEPING] = before
    session.send(Remember())


def _confirm(view: View) -> None:
    """Say it once a moment that was asked for is there."""
    run, before = st.session_state.get(_KEEPING, ("", frozenset()))
    new = [mark for mark in view.moments if mark.kind == "kept" and mark.id not in before]
    if run == view.run and new:
        del st.session_state[_KEEPING]
        text = _("Step {n} is kept. The diamond on the timeline leads back to it.").format(n=number(new[-1].step))
        st.toast(text, icon=":material/bookmark_added:")


def _buttons_of_the_present(view: View) -> None:
    if not session.watching():
        _button(_("Keep moment"), "bookmark_add", "remember", "M",
                _("Keep this state of the run: you can come back to it"), _keep_moment, _kept(view))  # fmt: skip
    if not projector.on():
        _button(_("Take home"), "download", "home", "T", _("Films, curves, the run as a file"), ask, HOME)
        _button(_("Open a run"), "folder_open", "open", "O", _("From a zip that “Take home” made"), ask, OPEN)


def _buttons_of_the_past(view: View) -> None:
    whole = any(mark.id == past.looking() and mark.whole for mark in view.moments)
    why = "" if whole else _("Only the picture of this moment is kept.")
    if not session.watching():
        _button(_("Rewind"), "history", "rewind", "B", why or _("Go on from here; the rest stays as a branch"),
                past.rewind, disabled=not whole)  # fmt: skip
    if not projector.on():
        _button(_("Fork"), "fork_right", "fork", "F", why or _("A second run from here, with one knob changed"),
                ask, FORK, disabled=not whole)  # fmt: skip
    _button(_("Now"), "last_page", "now", "N", _("Back to the present"), past.look_at, None)


def _button(
    label: str, icon: str, key: str, shortcut: str, help: str, click: object, *args: object, disabled: bool = False
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=key,
        shortcut=shortcut,
        help=help,
        on_click=click,  # type: ignore[arg-type]
        args=args,
        disabled=disabled,
    )


def _look() -> None:
    look = st.session_state[_LINE]["look"]
    st.session_state[_HEARD] = look["at"]
    past.look_at(look["id"])


def sentence(view: View | None) -> str:
    """What is on the stage if it is not the present; "" if it is."""
    moment = past.view()
    if moment is None or view is None:
        return ""
    then, now = number(moment.step), number(view.step)
    if session.playing():
        return _("Step {then}, as it was. The training goes on, at step {now}.").format(then=then, now=now)
    return _("Step {then}, as it was. The run is at step {now}.").format(then=then, now=now)


def _keys(kind: str) -> list[tuple[str, str]]:
    """All shortcuts that the page has now, with a stage of this kind."""
    listed = [
        ("P", _("Play or pause")),
        ("S", _("One step")),
        ("0", _("Reset")),
        ("J  K", _("Back and next phase of a recorded step")),
        ("M", _("Keep this moment")),
        ("[  ]", _("An earlier, a later moment")),
        ("N", _("Back to the present")),
        ("B", _("Rewind: go on from the moment on the stage")),
        ("F", _("Fork: a second run from there")),
        ("T", _("Take home")),
        ("O", _("Open a run from a file")),
        ("H", _("Share: links to watch, copy or steer")),
        ("Shift+P", _("Choose a preset")),
        ("U", _("Undo the last change of knobs")),
        ("Shift+U", _("Redo it")),
        ("L", _("Large type for a projector, and back")),
        ("?", _("This list")),
    ]
    if session.watching():
        listed = [row for row in listed if row[0] not in _STEERING]
    if projector.on():
        listed = [row for row in listed if row[0] not in _HIDDEN]
        listed.insert(-1, ("V", _("Losses, scores, metrics and networks in turn")))
    return [*listed, ON_PAGES[kind].shortcut()]


# Dialogs: drawn by the whole page, because a fragment that is drawn again would take them away.


def ask(dialog: str) -> None:
    """Open a dialog at the next drawing of the whole page."""
    st.session_state[_DIALOG] = dialog
    st.session_state[_TURN] = turn() + 1


def asked() -> str:
    """Which dialog is open; "" if none is."""
    dialog: str = st.session_state.get(_DIALOG, "")
    return dialog


def turn() -> int:
    """How many dialogs were asked for: the same one again is another one."""
    count: int = st.session_state.get(_TURN, 0)
    return count


def dismissal() -> Callable[[], None]:
    """Forgets the dialog that is open now, for when it is dismissed: the server may hear of that together with the
    press that asks for the next one, and after it.
    """

    def dismissed(which: int) -> None:
        if which == turn():
            close()

    return partial(dismissed, turn())


def close() -> None:
    """Forget the dialog, and what was uploaded in it."""
    if st.session_state.pop(_DIALOG, None) in (OPEN, LESSONS):
        uploads.release()


def dialogs(view: View | None) -> None:
    """Draw the dialog that was asked for."""
    if asked() == FORK:
        st.dialog(_("Fork"), on_dismiss=dismissal())(_fork)()
    elif asked() == HOME and view is not None:
        dark = style.palette().neutral == style.DARK.neutral
        st.dialog(_("Take home"), width="medium", on_dismiss=dismissal())(download.render)(view, dark)
    elif asked() == OPEN:
        st.dialog(_("Open a run"), on_dismiss=dismissal())(download.way_back)(close)


def _fork() -> None:
    moment = past.view()
    if moment is None:
        return
    st.markdown(
        escape_markdown(
            _(
                "A second run goes on from step {n}, with one knob changed. The first one stays as it is: "
                "the browser's Back leads to it."
            ).format(n=number(moment.step))
        )
    )
    config = RunConfig.checked(moment.config)
    live = [knob.name for knob in KNOBS.values() if knob.live and knobs.applies(knob.name, config)]
    name = st.selectbox(_("Knob"), live, index=live.index("r1"), format_func=lambda k: _(KNOBS[k].label), key=_KNOB)
    value = knobs.field(KNOBS[name], getattr(config, name), key=f"{_VALUE}_{name}")
    if st.button(_("Fork"), type="primary", key="fork_yes"):
        try:
            config.changed(**{name: value})
        except UserError as error:
            st.warning(escape_markdown(str(error)))
            return
        past.fork({name: value} if value != getattr(config, name) else {})
        if problem := calls.problem():
            st.warning(escape_markdown(problem))
            return
        close()
        st.rerun()
