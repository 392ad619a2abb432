"""Ways to make a dataset: draw points, paste or load a table of points, bring pictures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Literal, TypeVar

import numpy as np
import streamlit as st

from playground.data import own
from playground.data.drawing import points_of
from playground.data.pictures import Form, Found, find, grounded, read, said
from playground.data.table import columns_of, read_table, scale
from playground.ui import projector, style, uploads
from playground.ui.charts import tiles
from playground.ui.charts.plane import cloud
from playground.ui.components.drawer import drawer
from playground.ui.components.scatter import scatter
from playground.ui.pages.data import pictures_source, selection, table_form
from playground.ui.style import escape_markdown
from playground.utils import logs, sample_grid
from playground.utils.errors import UserError
from playground.utils.translation import _, number

log = logging.getLogger(__name__)
EXTENT = 1.3  # half the side of the plane that shows points scaled to about [-1, 1]
SHEET = 40  # pictures in a preview
Made = TypeVar("Made")
SIDES, DRAWER, GROUND = (16, 28, 32, 64), "drawer", "picture_ground"
_ROUND, _PREVIEW, _COLUMNS, _SAID = "_maker_round", "_maker_preview", "_maker_columns", "_maker_said"
_FORM = "_maker_form"
uploads.kept.update((_PREVIEW, _COLUMNS))


def render(maker: str) -> None:
    """Draw the form of one way: what it needs on the left, what comes of it on the right."""
    heads = {
        "draw": _("Draw where samples should be"),
        "table": _("Points from a table"),
        "pictures": _("Your own pictures"),
    }
    if st.session_state.setdefault(_FORM, maker) != maker:
        st.session_state[_FORM] = maker
        uploads.release()
    if not projector.on():  # there the list above says it
        st.markdown(f"### {heads[maker]}")
    left, right = st.columns([11, 9], gap="medium")
    {"draw": _drawing, "table": _table, "pictures": _pictures}[maker](left, right)


def _round() -> int:
    """Counts the sets made, so that the next form begins empty."""
    count: int = st.session_state.setdefault(_ROUND, 0)
    return count


def _make(
    name: str,
    x: np.ndarray,
    y: np.ndarray | None,
    classes: tuple[str, ...],
    source: str,
    findings: Sequence[str],
) -> None:
    """Keep a set and show its card."""
    try:
        selection.made(own.add(name, x, y, classes, source, findings, selection.made_before()))
    except UserError as error:
        st.session_state[_SAID] = str(error)
        return
    pictures_source.forget(_round())
    st.session_state[_ROUND] = _round() + 1
    uploads.release()


def _name(proposal: str, key: str) -> str:
    """Ask for a name."""
    return st.text_input(
        _("Name"), value=proposal, key=f"name_{key}_{_round()}", max_chars=own.NAME, persist_state="session"
    )


def _say(findings: Sequence[str]) -> None:
    if said := st.session_state.pop(_SAID, ""):
        st.warning(escape_markdown(said))
    if findings:
        st.caption("  \n".join(escape_markdown(finding) for finding in findings))


def _points(
    right: Any,
    points: np.ndarray,
    findings: Sequence[str],
    proposal: str,
    source: str,
    key: str,
    more: Sequence[str] = (),
) -> None:
    """What the points will look like, and the button that makes a set of them; `more` is kept with it and not shown."""
    with right:
        with st.container(key="preview_plane"):
            every = points[np.linspace(0, len(points) - 1, min(len(points), 500)).astype(int)]
            scatter(cloud(every, EXTENT, style.palette()), key="preview", alt=_("The points of the new dataset"))
        _say([*findings, _("{n} points, scaled to about −1 … 1.").format(n=number(len(points)))])
        name = _name(proposal, key)
        st.button(
            _("Make the dataset"),
            type="primary",
            key="make",
            on_click=_make,
            args=(name, points, None, (), source, [*more, *findings]),
        )


def _drawing(left: Any, right: Any) -> None:
    token = f"draw-{_round()}"
    with left:
        drawer(key=DRAWER, token=token, on_change=lambda: None)
    value = (st.session_state.get(DRAWER) or {}).get("strokes") or {}
    strokes = value.get("strokes") if value.get("token") == token else None
    if not strokes:
        right.info(_("The points that G is to learn appear here."), icon=":material/scatter_plot:")
        return
    try:
        points, finding = _once(strokes, lambda: scale(points_of(strokes)))
    except UserError as error:
        right.warning(escape_markdown(str(error)))
        return
    _points(right, points, [finding] if finding else [], _("My drawing"), _("Drawn by hand"), "draw")


def _table(left: Any, right: Any) -> None:
    with left:
        content, file, token = table_form.content_of(_round())
    if not content.strip():
        right.info(_("One point a line: x, then y. A heading is fine."), icon=":material/table_rows:")
        return
    wish = table_form.wish(token)
    marks = table_form.marks(wish)
    columns = _once((content, marks), lambda: columns_of(content, marks), _COLUMNS)
    try:
        table = _once((content, wish), lambda: read_table(content, wish))
    except UserError as error:
        with left:
            st.warning(escape_markdown(str(error)))
            table_form.choices(token, columns, "")
        return
    with left:
        table_form.choices(token, columns, escape_markdown(table.understood))
    source = _("From {file}").format(file=file) if file else _("Pasted")
    name = file.rpartition(".")[0] or _("My points")
    _points(right, table.points, table.findings, name, source, f"table_{file}", [table.understood])


def _once(of: Any, make: Callable[[], Made], place: str = "_maker_preview") -> Made:
    """What `make` gives for `of`; made at the first look, kept for the others. A UserError is kept too."""
    old: tuple[Any, Made | UserError] | None = st.session_state.get(place)
    if old is None or old[0] != of:
        try:
            made: Made | UserError = make()
        except UserError as error:
            made = error
            log.info("a file was refused", extra=logs.extra("file_refused", kind="data"))
        old = st.session_state[place] = of, made
    if isinstance(old[1], UserError):
        raise old[1]
    return old[1]


def _pictures(left: Any, right: Any) -> None:
    with left:
        files, mark, upload = pictures_source.choose(_round())
        with st.container(horizontal=True, gap="medium"):
            form = _form()
    if not files:
        right.info(
            _("In a zip, the folders become the classes. Or name a class, and add its pictures one by one."),
            icon=":material/folder_zip:",
        )
        return
    try:
        look = _once((mark, form), lambda: _look(files, form))
    except UserError as error:
        right.warning(escape_markdown(str(error)))
        return
    if look.transparent:
        with left:
            _ground()
    with right:
        places = sample_grid.arrange(None, 5, 8, len(look.sheet))
        st.html(tiles.html(look.sheet, places[(places >= 0).any(1)], False, [], _("The first pictures")))
        for warning in look.warnings:
            st.warning(escape_markdown(warning))
        labels = sorted({one.label for one in look.found} - {""})
        n = number(len(look.found))
        words = _("{n} pictures, {k} classes").format(n=n, k=len(labels)) if labels else _("{n} pictures").format(n=n)
        _say([*look.findings, *look.unread, words + ("" if len(labels) < 2 else ": " + ", ".join(labels[:12]))])
        stem = upload.rpartition("/")[2].rpartition(".")[0]
        name = _name(stem if stem and len(files) == 1 else _("My pictures"), f"pictures_{stem}")
        if st.button(_("Make the dataset"), type="primary", key="make"):
            source = upload if upload and len(files) == 1 else _("several files")
            _read(look.found, look.form, name, source, look.findings)


def _form() -> Form:
    """What every picture becomes."""
    side = st.segmented_control(
        _("Size"),
        SIDES,
        default=28,
        required=True,
        format_func=lambda n: f"{n}×{n}",
        key="picture_side",
        width="content",
        persist_state="session",
    )
    colour = st.segmented_control(
        _("Colour"),
        [1, 3],
        default=3,
        required=True,
        format_func=lambda c: _("Grey") if c == 1 else _("RGB"),
        key="picture_colour",
        width="content",
        persist_state="session",
    )
    fit: Literal["crop", "pad"] = st.segmented_control(
        _("Pictures that are not square"),
        ["crop", "pad"],
        default="crop",
        required=True,
        format_func=lambda how: _("Crop") if how == "crop" else _("Pad"),
        key="picture_fit",
        width="content",
        persist_state="session",
    )
    return Form(side=side, channels=colour, fit=fit, ground=st.session_state.get(GROUND) or "auto")


def _ground() -> None:
    """Ask what lies under transparent parts; the next look at the pictures heeds it."""
    words = {"auto": _("Automatic"), "black": _("Black"), "white": _("White")}
    st.segmented_control(
        _("Under transparent parts"),
        list(words),
        default="auto",
        required=True,
        format_func=words.__getitem__,
        key=GROUND,
        help=_("Automatic takes the one from which the ink stands out."),
        persist_state="session",
    )


@dataclass(frozen=True, eq=False)
class _Look:
    """What there is in uploaded files, and some of it as pictures (n, h, w, c)."""

    found: list[Found]
    form: Form  # with the ground that was chosen for all
    transparent: bool
    sheet: np.ndarray
    findings: list[str]
    unread: list[str]  # of the pictures on the sheet
    warnings: tuple[str, ...]


def _look(files: Sequence[tuple[str, BinaryIO]], form: Form) -> _Look:
    found, findings = find(files)
    chosen, _pixels = grounded(found, replace(form, ground="auto"))
    transparent = chosen.ground != "auto"
    used = chosen if form.ground == "auto" else form
    some = np.unique(np.linspace(0, len(found) - 1, min(len(found), SHEET)).astype(int))
    pictures = read([found[i] for i in some], used)
    sheet = pictures.x.transpose(0, 2, 3, 1)
    ground = said(used) if transparent else []
    return _Look(found, used, transparent, sheet, [*findings, *ground], list(pictures.findings), pictures.warnings)


def _read(found: Sequence[Found], form: Form, name: str, source: str, findings: Sequence[str]) -> None:
    """Read all pictures under a progress bar and keep them as a set."""
    bar = st.progress(0.0)

    def progress(done: int, total: int) -> None:
        if done % 50 == 0 or done == total:
            bar.progress(done / total, text=f"{number(done)} / {number(total)}")

    try:
        pictures = read(found, form, progress)
    except UserError as error:
        st.warning(escape_markdown(str(error)))
        return
    all_findings = [*findings, *pictures.findings, *pictures.warnings]
    _make(name, pictures.x, pictures.y, pictures.classes, _("From {file}").format(file=source), all_findings)
    st.rerun(scope="app")
