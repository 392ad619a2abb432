"""Share: links to what a page shows, in a dialog; and what a page says to whoever may only watch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from playground.config.run_config import RunConfig
from playground.engine import links
from playground.ui import calls, lesson_state, link, past, projector, session, visitor
from playground.ui.components.share import Row, share
from playground.ui.style import escape_markdown
from playground.utils.translation import _, number

WATCH, FRESH, MOMENT, STEER = "watch", "fresh", "moment", "steer"
KEY = "share_links"
_OPEN, _TURN, _MADE = "_share_open", "_share_turn", "_share_made"
_ENDING, _FAILED = "_share_ending", "_share_failed"


@dataclass(frozen=True)
class Shared:
    """What a page shows: the run or race `id`, which stands in the address as `name`; the other parameters there; what
    a new one with the same knobs is made from; its step; and the moment of a run, if not the present, that is seen.
    """

    name: str
    id: str
    others: dict[str, str] = field(default_factory=dict)
    fresh: dict[str, str] = field(default_factory=dict)
    step: int = 0
    moment: int | None = None


def run() -> Shared:
    """The run of the Train page."""
    fresh = link.write("", RunConfig.checked(session.confirmed()))
    del fresh[link.RUN]
    seen = past.view()
    step = session.step() if seen is None else seen.step
    return Shared(link.RUN, session.run_id(), {}, fresh, step, past.looking())


# The button and the dialog


def corner(watchers: int) -> None:
    """The button in the corner of the page that opens the dialog, and says how many people watch."""
    count = _("{n} watching").format(n=watchers) if watchers else ""
    label = count if projector.on() else " · ".join(filter(None, (_("Share"), count)))
    with st.container(key="share_corner"):
        st.button(label, icon=":material/share:", key="share", shortcut="H", help=_("Links to watch, copy or steer"),
                  on_click=_ask)  # fmt: skip


def _ask() -> None:
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state[_OPEN] = st.session_state[_TURN]


def close() -> None:
    """Forget the dialog."""
    for key in (_OPEN, _ENDING):
        st.session_state.pop(key, None)


def asked() -> int:
    """How often the dialog was asked for, if it is open or about to be; else 0. The same one again is another one."""
    turn: int = st.session_state.get(_OPEN, 0)
    return turn


def _dismissed(turn: int) -> None:
    """The server may hear of that together with the press that opens the dialog again, and after it."""
    if turn == asked():
        close()


def dialog(shared: Callable[[], Shared]) -> None:
    """Draw the dialog if it was asked for; called by the whole page, as a fragment would take it away again."""
    if asked():
        st.dialog(_("Share"), width="medium", on_dismiss=partial(_dismissed, asked()))(_links)(shared)


def _links(shared: Callable[[], Shared]) -> None:
    what = shared()
    rows = _rows(what)
    share(rows, key=KEY, on_make=lambda: _make(what))
    if problem := st.session_state.pop(_FAILED, "") or calls.refused():
        st.warning(escape_markdown(problem), icon=":material/warning:")
    if visitor.only_here(visitor.address()):
        st.caption(
            escape_markdown(
                _("These links work on this computer only. Open the page by its name in the network to share it.")
            )
        )
    elif links.right_of(what.id) != WATCH:
        st.caption(_("The address in the browser’s own bar steers, too: share these links instead of it."))
    if links.right_of(what.id) == "owner":
        _end(what)


def _rows(what: Shared) -> list[Row]:
    """The links. Who makes a copy comes into the lesson that is on, at its step."""
    right = links.right_of(what.id)

    def row(key: str, title: str, about: str, query: dict[str, str] | None, make: str = "") -> Row:
        url = f"{visitor.address()}?{urlencode(query)}" if query is not None else ""
        return Row(key, title, about, url, make)

    def to(role: links.Role) -> dict[str, str] | None:
        found = what.id if right == role else calls.call("share", what.id, role)
        return {what.name: found, **what.others} if found else None

    rows = [row(WATCH, _("Watch"), _("Everything is seen live, nothing can be changed."), to("watch"))]
    if not visitor.masked() and "folder" not in what.fresh:  # whoever gets the link need not know it
        about = _("The same knobs, trained anew.")
        rows.append(row(FRESH, _("Own copy, from the start"), about, {**what.fresh, **lesson_state.query()}))
    if right != WATCH and what.step:
        step, made = st.session_state.get(_MADE, {}).get(what.id, (0, ""))
        about = _("With its weights, at step {n} or soon after.") if made else _("With its weights as they are now.")
        query = {what.name: made, **what.others, **lesson_state.query()} if made else None
        rows.append(row(MOMENT, _("Own copy, from this moment"), about.format(n=number(step)), query, _("Make link")))
    if right != WATCH:
        about = _("For a co-teacher, who may do all that you may.")
        rows.append(row(STEER, _("Steer together"), about, to("steer")))
    return rows


def _make(what: Shared) -> None:
    """Make the link to a copy of the moment on the stage, or of the present."""
    made = calls.call("share", what.id, "copy", what.moment)
    st.session_state[_FAILED] = calls.refused()
    if made:
        st.session_state.setdefault(_MADE, {})[what.id] = what.step, made


def _end(what: Shared) -> None:
    """The way to end all links, after a yes."""
    if not st.session_state.get(_ENDING):
        st.button(
            _("End all links"),
            icon=":material/link_off:",
            key="share_end",
            type="tertiary",
            on_click=_set,
            args=(_ENDING, True),
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_("After that, none of these links leads here."), width="stretch")
        st.button(_("End them"), key="share_end_yes", type="primary", on_click=_unshare, args=(what.id,))
        st.button(_("Keep them"), key="share_end_no", on_click=_set, args=(_ENDING, False))


def _set(key: str, value: Any) -> None:
    st.session_state[key] = value


def _unshare(id: str) -> None:
    st.session_state[_ENDING] = False
    calls.call("unshare", id)
    st.session_state.get(_MADE, {}).pop(id, None)


# Whoever watches


def watching(key: str, copies: dict[str, Callable[[], None]]) -> None:
    """Says that one watches, in place of the buttons that train; `copies` are the ways to a copy of one's own."""
    st.markdown(f":material/visibility: **{_('You are watching.')}**", width="content")
    with st.popover(_("Take your own copy"), icon=":material/content_copy:", key=f"{key}own_copy", type="primary"):
        for label, click in copies.items():
            st.button(label, key=f"{key}copy_{list(copies).index(label)}", width="stretch", on_click=click)


def copies_of_run() -> dict[str, Callable[[], None]]:
    """The ways to a copy of the run."""
    ways = {_("From this moment, with its weights"): _copy_moment, _("From the start, with its knobs"): _copy_fresh}
    if visitor.masked():
        del ways[_("From the start, with its knobs")]
    return ways


def _copy_fresh() -> None:
    new = link.new_id()
    calls.call("create", new, session.confirmed())
    _go_to(new)


def _copy_moment() -> None:
    new = link.new_id()
    calls.call("fork", session.run_id(), past.looking(), {}, new)
    _go_to(new)


def _go_to(new: str) -> None:
    if not calls.problem():
        session.take(new)
