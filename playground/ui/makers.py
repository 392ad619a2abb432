"""Ways to make a dataset: draw points, paste or load a table of points, upload pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import numpy as np
import streamlit as st

from playground import grid
from playground.data import own
from playground.data.drawing import points_of
from playground.data.pictures import Form, Found, find, read
from playground.data.table import parse_points, scale
from playground.errors import UserError
from playground.i18n import _, number
from playground.ui import datasets, style
from playground.ui.components.chart import chart
from playground.ui.components.drawer import drawer
from playground.ui.figures import tiles
from playground.ui.figures.plane import cloud
from playground.ui.style import plain

EXTENT = 1.3  # half the side of the plane that shows points scaled to about [-1, 1]
SHEET = 40  # pictures in a preview
Made = TypeVar("Made")
SIDES, DRAWER = (16, 28, 32, 64), "drawer"
TYPES = ("zip", "png", "jpg", "jpeg", "webp", "bmp")
_ROUND, _PREVIEW, _SAID = "_maker_round", "_maker_preview", "_maker_said"


def draw(maker: str) -> None:
    """Draw the form of one way: what it needs on the left, what comes of it on the right."""
    heads = {
        "draw": _("Draw where samples should be"),
        "table": _("Points from a table"),
        "pictures": _("Your own pictures"),
    }
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
        datasets.made(own.add(name, x, y, classes, source, findings))
    except UserError as error:
        st.session_state[_SAID] = str(error)
        return
    st.session_state[_ROUND] = _round() + 1
    st.session_state.pop(_PREVIEW, None)


def _name(proposal: str, key: str) -> str:
    """Ask for a name."""
    return st.text_input(
        _("Name"), value=proposal, key=f"name_{key}_{_round()}", max_chars=own.NAME, persist_state="session"
    )


def _say(findings: Sequence[str]) -> None:
    if said := st.session_state.pop(_SAID, ""):
        st.warning(plain(said))
    if findings:
        st.caption("  \n".join(plain(finding) for finding in findings))


def _points(right: Any, points: np.ndarray, findings: Sequence[str], proposal: str, source: str, key: str) -> None:
    """What the points will look like, and the button that makes a set of them."""
    with right:
        with st.container(key="preview_plane"):
            every = points[np.linspace(0, len(points) - 1, min(len(points), 500)).astype(int)]
            chart(cloud(every, EXTENT, style.palette()), key="preview", alt=_("The points of the new dataset"))
        _say([*findings, _("{n} points, scaled to about −1 … 1.").format(n=number(len(points)))])
        name = _name(proposal, key)
        st.button(
            _("Make the dataset"),
            type="primary",
            key="make",
            on_click=_make,
            args=(name, points, None, (), source, findings),
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
        right.warning(plain(str(error)))
        return
    _points(right, points, [finding] if finding else [], _("My drawing"), _("Drawn by hand"), "draw")


def _table(left: Any, right: Any) -> None:
    with left:
        file = st.file_uploader(
            _("A file of x and y columns"), type=["csv", "tsv", "txt"], key=f"table_file_{_round()}", max_upload_size=50
        )
        text = st.text_area(
            _("or paste them here"),
            key=f"table_text_{_round()}",
            height=280,
            max_chars=1_000_000,
            placeholder="0.5, 1.2\n0.7, 0.9\n…",
            disabled=file is not None,
        )
    content = file.getvalue() if file is not None else (text or "").encode()
    if not content.strip():
        right.info(_("One point a line: x, then y. A heading is fine."), icon=":material/table_rows:")
        return
    name = file.name if file is not None else ""
    try:
        points, findings = _once(content, lambda: parse_points(content))
    except UserError as error:
        right.warning(plain(str(error)))
        return
    source = _("From {file}").format(file=name) if name else _("Pasted")
    _points(right, points, findings, name.rpartition(".")[0] or _("My points"), source, f"table_{name}")


def _once(of: Any, make: Callable[[], Made]) -> Made:
    """What `make` gives for `of`; made at the first look, kept for the others. A UserError is kept too."""
    old: tuple[Any, Made | UserError] | None = st.session_state.get(_PREVIEW)
    if old is None or old[0] != of:
        try:
            made: Made | UserError = make()
        except UserError as error:
            made = error
        old = st.session_state[_PREVIEW] = of, made
    if isinstance(old[1], UserError):
        raise old[1]
    return old[1]


def _pictures(left: Any, right: Any) -> None:
    with left:
        files = st.file_uploader(
            _("A zip, or several pictures"), type=TYPES, accept_multiple_files=True, key=f"pictures_{_round()}"
        )
        form = _form()
    if not files:
        right.info(_("In a zip, the folders become the classes."), icon=":material/folder_zip:")
        return
    try:
        mark = tuple(file.file_id for file in files), form
        found, findings, unread, sheet = _once(mark, lambda: _look(files, form))
    except UserError as error:
        right.warning(plain(str(error)))
        return
    with right:
        places = grid.arrange(None, 5, 8, len(sheet))
        st.html(tiles.html(sheet, places[(places >= 0).any(1)], False, [], _("The first pictures")))
        labels = sorted({one.label for one in found} - {""})
        n = number(len(found))
        words = _("{n} pictures, {k} classes").format(n=n, k=len(labels)) if labels else _("{n} pictures").format(n=n)
        _say([*findings, *unread, words + ("" if len(labels) < 2 else ": " + ", ".join(labels[:12]))])
        stem = files[0].name.rpartition("/")[2].rpartition(".")[0]
        name = _name(stem if len(files) == 1 else _("My pictures"), f"pictures_{stem}")
        if st.button(_("Make the dataset"), type="primary", key="make"):
            _read(found, form, name, files[0].name if len(files) == 1 else _("several files"), findings)


def _form() -> Form:
    """What every picture becomes."""
    side = st.segmented_control(
        _("Size"),
        SIDES,
        default=28,
        required=True,
        format_func=lambda n: f"{n}×{n}",
        key="picture_side",
        persist_state="session",
    )
    colour = st.segmented_control(
        _("Colour"),
        [1, 3],
        default=3,
        required=True,
        format_func=lambda c: _("Grey") if c == 1 else _("RGB"),
        key="picture_colour",
        persist_state="session",
    )
    fit: Literal["crop", "pad"] = st.segmented_control(
        _("Pictures that are not square"),
        ["crop", "pad"],
        default="crop",
        required=True,
        format_func=lambda how: _("Crop") if how == "crop" else _("Pad"),
        key="picture_fit",
        persist_state="session",
    )
    return Form(side=side, channels=colour, fit=fit)


def _look(files: Sequence[Any], form: Form) -> tuple[list[Found], list[str], list[str], np.ndarray]:
    """What there is in the files, what was left out, then some of the pictures (n, h, w, c), and which of those not."""
    found, findings = find([(file.name, file) for file in files])
    some = np.unique(np.linspace(0, len(found) - 1, min(len(found), SHEET)).astype(int))
    pictures = read([found[i] for i in some], form)
    return found, findings, list(pictures.findings), pictures.x.transpose(0, 2, 3, 1)


def _read(found: Sequence[Found], form: Form, name: str, source: str, findings: Sequence[str]) -> None:
    """Read all pictures under a progress bar and keep them as a set."""
    bar = st.progress(0.0)

    def progress(done: int, total: int) -> None:
        if done % 50 == 0 or done == total:
            bar.progress(done / total, text=f"{number(done)} / {number(total)}")

    try:
        pictures = read(found, form, progress)
    except UserError as error:
        st.warning(plain(str(error)))
        return
    all_findings = [*findings, *pictures.findings]
    _make(name, pictures.x, pictures.y, pictures.classes, _("From {file}").format(file=source), all_findings)
    st.rerun(scope="app")
