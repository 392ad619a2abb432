"""The panel of a lesson: one step at a time, with its text, its question, and the tick that comes by itself.

It stands at the top of the sidebar of every page. Where there is no sidebar, on a telephone and on a projector, a
button in the corner opens it; the Train page on a projector has it under the chart.
"""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS
from playground.engine.messages import View
from playground.lessons.lesson import LESSONS, Lesson, Step
from playground.lessons.vocabulary import readings
from playground.ui import class_orders, knobs, lesson_state, lesson_text, projector, session
from playground.ui.style import escape_markdown
from playground.utils.translation import _

TICK = 1.0  # seconds between two looks at a run that is paused while a step waits for it
SAID = 2  # knobs that a button names


# Looks at the run


def look(view: View | None, page: str, **opened: str | float | None) -> None:
    """Tick the step if the run, or what is open, is now as it asks; called at each tick of a page.

    `opened` has the words for what is open on that page: `tool="walk"`.
    """
    class_orders.look()
    if not session.watching():
        lesson_state.keep_with(session.opened())
    if waits() and (view is None or view.status != "loading"):
        step = lesson_state.step()
        if step and step.check and step.check.holds(readings(view, page=page, **opened)):
            lesson_state.hold()


def waits() -> bool:
    """Whether the step waits for something to become true."""
    step, progress = lesson_state.step(), lesson_state.progress()
    return step is not None and step.check is not None and progress.at not in progress.held | progress.done


def said() -> str:
    """Where the visitor is in the lesson, for readers of the screen."""
    lesson, step, progress = lesson_state.current(), lesson_state.step(), lesson_state.progress()
    if lesson is None:
        return ""
    if step is None:
        return _("The lesson is at its end.")
    done = _("Done.") if progress.at in progress.done else ""
    return f"{_where(lesson)}: {step.title}. {done}".strip()


# On the pages


def sidebar(page: str) -> None:
    """The panel at the top of the sidebar, and the button that opens it where there is none; above it the class."""
    class_orders.sidebar()
    if (lesson := lesson_state.current()) is None:
        return
    if not projector.on():
        with st.sidebar, st.container(key="lesson", gap="xsmall"):
            _head(lesson, "")
            _body(lesson, page, "")
            _turns(lesson, "")
    if not (projector.on() and page == "train"):
        label = escape_markdown(f"{_where(lesson)}: {step.title}" if (step := lesson_state.step()) else _where(lesson))
        with (
            st.container(key="lesson_corner_large" if projector.on() else "lesson_corner"),
            st.popover(
                _where(lesson) if projector.on() else label,
                icon=":material/school:",
                key="lesson_open",
                help=_("Lesson: {title}").format(title=escape_markdown(lesson.title)),
                width="content" if projector.on() else "stretch",
            ),
            st.container(key="lesson_popover", gap="xsmall"),
        ):
            _head(lesson, "corner_")
            _body(lesson, page, "corner_")
            _turns(lesson, "corner_")


def large() -> None:
    """The panel of the Train page on a projector: it takes as much room as the knobs at hand, whatever it says."""
    if (lesson := lesson_state.current()) is None:
        return
    with st.container(key="lesson_large", gap="xsmall"):
        with st.container(
            key="lesson_large_bar", horizontal=True, vertical_alignment="center", gap="small", wrap=False
        ):
            done = " ✓" if _done() else ""
            st.html(f"<b>{escape(_where(lesson))}{done}</b>{_ticks(lesson)}")
            _turns(lesson, "")
            st.button(_("Knobs"), icon=":material/tune:", key="lesson_knobs", on_click=show_knobs, args=(True,))
            _way_out("")
        with st.container(key="lesson_large_body", gap="xsmall"):
            _body(lesson, "train", "")


def shows_knobs() -> bool:
    """Whether the knobs at hand have the place of the lesson on a projector."""
    return not lesson_state.on() or bool(st.session_state.get(lesson_state.KNOBS_SHOWN))


def show_knobs(yes: bool) -> None:
    """Put the knobs at hand in the place of the lesson, or take them away."""
    st.session_state[lesson_state.KNOBS_SHOWN] = yes


def version() -> tuple[object, ...]:
    """Changes whenever what the panel shows does."""
    return (*lesson_state.version(), shows_knobs(), *class_orders.version())


# Its parts


def _where(lesson: Lesson) -> str:
    at, n = lesson_state.progress().at, len(lesson.steps)
    return _("Step {at} of {n}").format(at=at + 1, n=n) if at < n else _("The end")


def _head(lesson: Lesson, prefix: str) -> None:
    """The title, the way out, and what is done."""
    with st.container(key=f"{prefix}lesson_head", horizontal=True, vertical_alignment="center", gap=None, wrap=False):
        st.html(f'<h2 class="lesson">{escape(lesson.title)}</h2>')
        _way_out(prefix)
    st.html(f"{_ticks(lesson)}<div>{escape(_where(lesson))}</div>")


def _way_out(prefix: str) -> None:
    st.button(
        _("Leave the lesson"),
        icon=":material/close:",
        key=f"{prefix}lesson_leave",
        type="tertiary",
        help=_("Leave the lesson"),
        on_click=lesson_state.leave,
    )


def _ticks(lesson: Lesson) -> str:
    """A thin row with a sign for each step, as HTML."""
    progress, signs = lesson_state.progress(), []
    for i, step in enumerate(lesson.steps):
        done, now = i in progress.done, i == progress.at
        name = _("Step {n}, done: {title}") if done else _("Step {n}: {title}")
        name = escape(name.format(n=i + 1, title=step.title))
        sign = "✓" if done else str(i + 1)
        signs.append(
            f'<li class="{"done" * done}"{" aria-current=step" * now} title="{name}">'
            f'<span class="unseen">{name}</span><i aria-hidden="true">{sign}</i></li>'
        )
    return f'<ol class="ticks">{"".join(signs)}</ol>'


def _body(lesson: Lesson, page: str, prefix: str) -> None:
    """What the step says and asks for, or what was learnt."""
    step = lesson_state.step()
    if step is None:
        _end(lesson, prefix)
        return
    st.html(f'<h3 class="lesson">{escape(step.title)}</h3>')
    st.markdown(lesson_text.shown(step.text))
    _setting(step, page, prefix)
    _links(step, page, prefix)
    if step.choices:
        _question(step, prefix)
    st.html(f'<p class="lesson_state{" done" * _done()}">{escape(_state(step))}</p>')


def _done() -> bool:
    progress = lesson_state.progress()
    return progress.at in progress.done


def _state(step: Step) -> str:
    """Whether the step is done, and else what is missing, in a few words."""
    if _done():
        return "✓ " + _("Done.")
    if waits():
        return _("This ticks itself as soon as it is done.")
    return _("Answer the question.") if step.choices else _("Read it, then go on.")


def _turns(lesson: Lesson, prefix: str) -> None:
    """Back and Next, which always work."""
    at, n = lesson_state.progress().at, len(lesson.steps)
    with st.container(key=f"{prefix}lesson_turns", horizontal=True, gap="small", wrap=False):
        st.button(
            _("Back"),
            icon=":material/arrow_back:",
            key=f"{prefix}lesson_back",
            on_click=lesson_state.go,
            args=(at - 1,),
            disabled=at == 0,
            width="stretch",
        )
        st.button(
            _("Finish") if at == n - 1 else _("Next"),
            icon=":material/arrow_forward:",
            key=f"{prefix}lesson_next",
            type="primary" if _done() else "secondary",
            on_click=lesson_state.go,
            args=(at + 1,),
            disabled=at >= n,
            width="stretch",
        )


# What the step needs


def _setting(step: Step, page: str, prefix: str) -> None:
    """One press that sets the preset and the knobs of the step.

    Whoever came in at this step, or trains something else by now, is offered the preset with which the lesson goes on.
    """
    if not session.opened() or page in ("race", "classroom", "glossary"):
        return
    now = session.config() | knobs.staged()
    before = "" if step.preset else _goes_on_with(now)
    preset, values = step.preset or before, {} if before else dict(step.knobs)  # the knobs come later, in a trained run
    if not (preset or values):
        return
    is_so = not preset and all(now.get(name) == value for name, value in values.items())
    st.button(
        _label(preset, values),
        icon=":material/check:" if is_so else ":material/tune:",
        key=f"{prefix}lesson_set",
        help=_written(values, len(values)) or None,
        on_click=_set,
        args=(preset, values, page),
        disabled=is_so or session.watching(),
        width="stretch",
    )


def _goes_on_with(now: dict[str, Any]) -> str:
    """The preset that the lesson started before this step, if the run is of another game or of other data; else ""."""
    preset = lesson_state.started()
    if not preset or all(now[name] == getattr(PRESETS[preset].config, name) for name in ("game", "dataset")):
        return ""
    return preset


def _label(preset: str, values: dict[str, Any]) -> str:
    name = escape_markdown(_(PRESETS[preset].label)) if preset else ""
    said = _written(values) if len(values) <= SAID else _("{n} knobs").format(n=len(values))
    if preset and values:
        return _("Start “{preset}” with {knobs}").format(preset=name, knobs=said)
    return _("Start “{preset}”").format(preset=name) if preset else _("Set {knobs}").format(knobs=said)


def _written(values: dict[str, Any], most: int = SAID) -> str:
    return ", ".join(
        _("{label}: {value}").format(label=_(KNOBS[name].label), value=escape_markdown(KNOBS[name].written(value)))
        for name, value in list(values.items())[:most]
    )


def _set(preset: str, values: dict[str, Any], page: str) -> None:
    """The same as a press in the gallery, or a hand on the knobs; where nothing can ask, the run starts over."""
    if preset:
        knobs.choose(preset, values)
        return
    knobs.ask(values)
    if page != "train" and knobs.question():
        knobs.start_over()


def _links(step: Step, page: str, prefix: str) -> None:
    """The page that the step needs; from any other one a way back to Train."""
    from playground.ui.pages import PAGES, entry  # which imports the pages, which import this

    for path in dict.fromkeys((step.page, "train")):
        if path in PAGES and path != page and (path != "train" or page != step.page or page != "train"):
            label = _("Open the page “{page}”") if path == step.page else _("Back to the page “{page}”")
            with st.container(key=f"{prefix}lesson_link_{path}"):
                st.page_link(entry(path), label=label.format(page=_(PAGES[path].title)), icon=PAGES[path].icon)


def _question(step: Step, prefix: str) -> None:
    """The question, a button for each answer, and what is to be said of the one that was pressed last."""
    progress = lesson_state.progress()
    chosen = progress.chosen.get(progress.at)
    st.markdown(
        f"**{lesson_text.shown(step.question)}**" if "**" not in step.question else lesson_text.shown(step.question)
    )
    with st.container(key=f"{prefix}lesson_choices", gap="xsmall"):
        for i, choice in enumerate(step.choices):
            icon = (":material/check:" if choice.right else ":material/close:") if i == chosen else None
            st.button(
                escape_markdown(choice.text),
                icon=icon,
                key=f"{prefix}lesson_choice_{i}",
                on_click=lesson_state.answer,
                args=(progress.at, i),
                width="stretch",
            )
    if chosen is not None:
        right = step.choices[chosen].right
        verdict = _("Right.") if right else _("Not quite. Try another answer.")
        st.markdown(f"**{verdict}** {lesson_text.shown(step.choices[chosen].says)}")


def _end(lesson: Lesson, prefix: str) -> None:
    """What was learnt, and where to go on."""
    st.html(f'<h3 class="lesson">{escape(_("What you learnt"))}</h3>')
    st.markdown("\n".join(f"- {lesson_text.shown(line)}" for line in lesson.learns))
    keys = list(LESSONS)
    after = keys[keys.index(lesson.key) + 1 :] if lesson.key in keys else []
    if after:
        st.button(
            _("Next lesson: {title}").format(title=escape_markdown(LESSONS[after[0]].title)),
            icon=":material/school:",
            key=f"{prefix}lesson_after",
            type="primary",
            on_click=lesson_state.open_lesson,
            args=(after[0],),
            width="stretch",
        )
