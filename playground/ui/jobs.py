"""What a visitor asked the engine to work out for a tool: begun by a button, shown with its progress, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from playground.engine.messages import Source
from playground.latent.questions import Study
from playground.ui.model_source import Subject
from playground.ui.style import escape_markdown
from playground.utils.translation import _, number

_ASKED = "_asked_of"


@dataclass
class Asked:
    """A question about weights not older than step `since`; `extra` is what the page wants to know again later."""

    question: Any
    since: int
    extra: Any = None
    study: Study = field(default_factory=lambda: Study(0))
    stopped: bool = False

    @property
    def finished(self) -> bool:
        return self.stopped or self.study.finished

    @property
    def shown(self) -> Any:
        """The result, or as much of it as there is; None before."""
        return self.study.preview if self.study.result is None else self.study.result


def latest(subject: Subject, name: str) -> Asked | None:
    """What was asked under this name in this run, with the news of it."""
    asked: Asked | None = _all(subject).get(name)
    if asked is not None and not asked.finished:
        asked.study = subject.study(asked.question, asked.since)
    return asked


def ask(subject: Subject, name: str, question: Any, extra: Any = None) -> None:
    """Ask anew, in place of what was asked under this name before."""
    stop(subject, name)
    _all(subject)[name] = Asked(question, subject.view.step if subject.live else 0, extra)


def stop(subject: Subject, name: str) -> None:
    """Give up on the answer; what there is of it stays."""
    asked = _all(subject).get(name)
    if asked is not None and not asked.finished:
        subject.drop(asked.question, asked.since)
        asked.stopped = True


def buttons(
    subject: Subject, name: str, label: str, make: Callable[[], tuple[Any, Any]] | None, asked: Asked | None
) -> None:
    """A button that asks what `make` gives, (question, extra); then a Cancel and how far it is, then of which step."""
    working = asked is not None and not asked.finished
    st.button(
        label,
        type="primary",
        key=f"{name}_ask",
        disabled=make is None or working,
        on_click=_press,
        args=(subject, name, make),
    )
    if working and asked is not None:
        st.button(_("Cancel"), icon=":material/close:", key=f"{name}_stop", on_click=stop, args=(subject, name))
        done, total = asked.study.done, asked.study.total
        st.progress(min(1.0, done / total) if total else 0.0, width=240)
    elif asked is not None and asked.shown is not None:
        st.caption(_("At step {n}").format(n=number(asked.study.step)), width="content")


def _press(subject: Subject, name: str, make: Callable[[], tuple[Any, Any]]) -> None:
    ask(subject, name, *make())


def problem(asked: Asked | None) -> None:
    """Say why there is no answer, if so."""
    if asked is not None and asked.study.problem:
        st.warning(escape_markdown(asked.study.problem))


def _all(subject: Subject) -> dict[str, Asked]:
    owner = subject.view.run, subject.view.generation
    kept: tuple[object, dict[Source, dict[str, Asked]]] | None = st.session_state.get(_ASKED)
    if kept is None or kept[0] != owner:
        kept = st.session_state[_ASKED] = owner, {}
    return kept[1].setdefault(subject.source, {})  # other weights, other answers
