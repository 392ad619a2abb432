"""“Be D”: which tiles are real? The visitor's answers beside those of D on the same tiles."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from playground.engine.messages import View
from playground.engine.quiz_boards import LONGEST, QuizRow
from playground.latent.quiz import RealOrGenerated, Tiles
from playground.ui import calls, seat, session, style
from playground.ui.charts.quiz import accuracy_chart
from playground.ui.charts.spec import shown
from playground.ui.components import guess
from playground.ui.components.chart import chart
from playground.ui.components.guess import GENERATED, REAL, Result
from playground.ui.pages.quiz import game as games
from playground.ui.pages.quiz.game import Game, Level
from playground.ui.pages.quiz.verdicts import is_probability, rule, told
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from playground.utils.translation import _, number

TILES, NAME = "quiz_tiles", "quiz_name"
ON_BOARD = 8  # rows that are shown


def render(view: View) -> None:
    """The tiles of a round on the left; accuracy over the steps, and who else played, on the right."""
    game = games.of(view, session.weights())
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown(f"**{_('You are D. Which of these images are real?')}**")
        _levels(game)
        _round(view, game)
    with right, st.container(key="quiz_side"):
        _curve(view, game)
        _board(view)


def _levels(game: Game) -> None:
    """Which moment of the training made the tiles."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="quiz_levels"):
        key = f"quiz_level_{game.token}"
        at = st.segmented_control(
            _("Level: G and D as they were at this step"),
            range(len(game.levels)),
            default=game.at,
            format_func=lambda k: _level(game.levels[k]),
            key=key,
            width="content",
        )
        if at is not None and at != game.at:
            game.go(at)
            st.rerun(scope="fragment")


def _level(level: Level) -> str:
    """Its step; the present weights go on if the run does."""
    return number(level.step) if isinstance(level.source, int) else _("now")


def _round(view: View, game: Game) -> None:
    if game.tiles is None:
        _deal(view, game)
    if game.tiles is None:
        st.button(_("Other tiles"), key="quiz_again", on_click=game.go, args=(game.at,))
        return
    tiles = game.tiles
    guess.guess(
        tiles.pictures,
        _classes(view, tiles),
        _result(view, game),
        key=TILES,
        token=game.token,
        crisp=not st.session_state.get("smooth", True),
        on_answers=lambda: _take(view.run, game),
    )
    if game.marks is None:
        return
    with st.container(horizontal=True, gap="small", key="quiz_next"):
        if game.at + 1 < len(game.levels):
            st.button(_("Next level"), key="quiz_up", type="primary", on_click=game.go, args=(game.at + 1,))
        st.button(_("More tiles of this level"), key="quiz_again", on_click=game.go, args=(game.at,))
        st.button(
            _("Levels of now"),
            key="quiz_renew",
            help=_("Takes new levels from the timeline, to the present step. Your rounds stay on the chart."),
            on_click=_renew,
            args=(view, game),
        )
    st.caption(escape_markdown(rule(tiles.level, is_probability(view.config["objective"]))))


def _deal(view: View, game: Game) -> None:
    """Ask for the tiles of a round; the step of present weights is the one at which that is done."""
    level = game.level
    try:
        tiles: Tiles = calls.host().answer(view.run, RealOrGenerated(game.seed), level.source)
    except UserError as error:
        st.warning(escape_markdown(str(error)))
        return
    game.tiles, game.step = tiles, level.step if isinstance(level.source, int) else view.step


def _renew(view: View, game: Game) -> None:
    """Levels up to the present step."""
    game.levels = games.levels(view.line, view.step, session.weights())
    game.go(0)


def _take(run: str, game: Game) -> None:
    """The marks came: count them, and tell the board."""
    tiles = game.tiles
    if tiles is None or game.marks is not None:
        return
    marks = guess.answers(TILES, game.token, len(tiles.real))
    if marks is None:
        return
    done = game.finish(marks, REAL)
    if seat.taken():
        calls.host().classrooms.score(seat.taken(), done.right, done.of)
    else:
        calls.call("quiz_score", run, st.session_state.get(NAME, ""), done.right, done.of)


def _classes(view: View, tiles: Tiles) -> list[str]:
    """What D is told of each tile; the visitor is told the same."""
    if tiles.labels is None:
        return []
    return [view.names[int(k)] if int(k) < len(view.names) else str(k) for k in tiles.labels]


def _result(view: View, game: Game) -> Result | None:
    """What is true, once the marks are made."""
    if game.marks is None or game.tiles is None:
        return None
    tiles, done = game.tiles, game.rounds[-1]
    probability = is_probability(view.config["objective"])
    words = _("You: {right} of {of}. D: {d_right} of {of}.")
    return Result(
        _named(tiles.real),
        game.marks,
        _named(tiles.said_real),
        [told(float(logit), probability) for logit in tiles.logits],
        words.format(right=done.right, of=done.of, d_right=done.d_right),
    )


def _named(real: np.ndarray) -> list[str]:
    return [REAL if each else GENERATED for each in real]


def _curve(view: View, game: Game) -> None:
    rows = games.accuracies(game.rounds)
    last = max([view.step, *(row[0] for row in rows)])
    said = "; ".join(
        _("step {n}: you {mine}, D {d}").format(n=number(step), mine=f"{100 * mine:.0f} %", d=f"{100 * d:.0f} %")
        for step, mine, d in rows
    )
    chart(
        accuracy_chart(rows, last, shown(view), style.palette()),
        key="quiz_accuracy",
        alt=said or _("Nothing played yet: your accuracy and D's appear here, with chance at 50 %."),
    )


def _board(view: View) -> None:
    """Who played on this run, by nickname; for a student, who played in the class."""
    if seat.taken():
        _ranks(_("The board of your class"), calls.host().classrooms.quiz_board(seat.taken()))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="quiz_board"):
        st.text_input(
            _("Nickname for the board (if you like)"),
            key=NAME,
            max_chars=LONGEST,
            help=_("Everybody who looks at this run sees the board. It is forgotten with the run's stay in memory."),
            persist_state="session",
        )
    _ranks(_("The board of this run"), calls.call("quiz_board", view.run) or ())


def _ranks(title: str, rows: Sequence[QuizRow]) -> None:
    if not rows:
        return
    cells = "".join(
        f"<tr><td>{place}</td><td>{escape(row.name)}</td><td>{100 * row.accuracy:.0f} %</td>"
        f"<td>{_('{right} of {of}').format(right=row.right, of=row.of)}</td></tr>"
        for place, row in enumerate(rows[:ON_BOARD], 1)
    )
    head = f"<caption>{escape(title)}</caption>"
    st.html(f'<table class="quiz_rows">{head}<tbody>{cells}</tbody></table>')
