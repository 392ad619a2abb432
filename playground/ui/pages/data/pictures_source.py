"""Where pictures come from: files, the camera, a drawing; each with the class that a person gave it."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import streamlit as st
from PIL import Image

from playground.data.drawing import painted, parse
from playground.ui import uploads
from playground.ui.components.drawer import drawer
from playground.ui.style import escape_markdown
from playground.utils import shares
from playground.utils.errors import UserError
from playground.utils.translation import _, number

TYPES = (
    "zip",
    "png",
    "jpg",
    "jpeg",
    "jfif",
    "webp",
    "bmp",
    "gif",
    "tif",
    "tiff",
    "heic",
    "heif",
    "avif",
)  # some to name
MOST = 300  # pictures that are taken or drawn
CLASS, CAMERA, DRAWER, MORE = "picture_class", "picture_camera", "picture_drawer", "picture_more"
_TAKEN, _CLASSES, _PROBLEM = "_pictures_taken", "_pictures_classes", "_pictures_problem"


@dataclass(frozen=True)
class Taken:
    """A picture from the camera or the drawer: its class, "" for none, and its file."""

    label: str
    content: bytes


def choose(round_: int) -> tuple[list[tuple[str, BinaryIO]], tuple[object, ...], str]:
    """Draw the ways to bring pictures of form number `round_`.

    Gives the files (name, content), where the class of a loose picture is the folder of its name; what tells them from
    other files; and the name of the first upload.
    """
    st.text_input(
        _("Class of the next pictures"),
        key=f"{CLASS}_{round_}",
        max_chars=40,
        placeholder=_("Such as cat; empty: no class"),
        help=_("Type a class, then add its pictures; then the next class. A zip has its folders as classes."),
    )
    uploaded = st.file_uploader(
        _("A zip, or several pictures"), type=TYPES, accept_multiple_files=True, key=f"pictures_{round_}"
    )
    more = st.segmented_control(
        _("Or make them here"),
        ["camera", "draw"],
        format_func={"camera": _("Camera"), "draw": _("Draw them")}.__getitem__,
        key=MORE,
    )
    if more == "camera":
        key = f"{CAMERA}_{round_}"
        help_ = _("The browser asks for your leave. It gives the camera only to pages at localhost or with https.")
        st.camera_input(_("Camera"), key=key, help=help_, on_change=_photo, args=(round_, key))
    elif more == "draw":
        _draw(round_)
    taken = _taken(round_)
    _summary(round_, taken)
    labels = labels_of(round_, uploaded)
    files: list[tuple[str, BinaryIO]] = [
        (named(file.name, label), file) for file, label in zip(uploaded, labels, strict=True)
    ]
    files += [(named(f"{i + 1:04}.png", one.label), io.BytesIO(one.content)) for i, one in enumerate(taken)]
    mark = (*(file.file_id for file in uploaded), *labels, len(taken))
    return files, mark, str(uploaded[0].name) if uploaded else ""


def labels_of(round_: int, files: Sequence[Any]) -> list[str]:
    """The class of each upload: what stood in the field when it came."""
    known: dict[str, str] = st.session_state.setdefault(f"{_CLASSES}_{round_}", {})
    now = str(st.session_state.get(f"{CLASS}_{round_}") or "").strip()
    return [known.setdefault(file.file_id, now) for file in files]


def named(name: str, label: str) -> str:
    """The name of a loose picture in the folder of its class; that of a zip as it is."""
    if not label or name.lower().endswith(".zip"):
        return name
    return f"{label.replace('/', ' ')}/{name.rpartition('/')[2]}"


def forget(round_: int) -> None:
    """Let go of the pictures that were made for form number `round_`."""
    st.session_state.pop(f"{_TAKEN}_{round_}", None)


def _taken(round_: int) -> list[Taken]:
    found: list[Taken] = st.session_state.setdefault(f"{_TAKEN}_{round_}", [])
    return found


def add(round_: int, content: bytes) -> None:
    """Keep a picture with the class that stands in the field."""
    taken = _taken(round_)
    if len(taken) >= MOST:
        st.session_state[_PROBLEM] = _("More than {n} pictures cannot be made here. Upload a zip.").format(n=MOST)
        return
    most = shares.limit("session_uploads")
    if sum(len(one.content) for one in taken) + len(content) > most:
        shares.hit("session_uploads")
        words = _("Pictures made here may have {n} MB in all. Make the dataset of them, or upload a zip.")
        st.session_state[_PROBLEM] = words.format(n=most // shares.MIB)
        return
    taken.append(Taken(str(st.session_state.get(f"{CLASS}_{round_}") or "").strip(), content))


def _photo(round_: int, key: str) -> None:
    if (photo := uploads.content(key)) is not None:
        add(round_, photo)


def _draw(round_: int) -> None:
    """A square to draw on, and the button that takes the drawing."""
    count = len(_taken(round_))
    drawer(key=DRAWER, token=f"picture-{round_}-{count}", on_change=lambda: None, plane=False, size="broad")
    st.button(_("Add this drawing"), icon=":material/add:", key="picture_add", on_click=_add_drawing, args=(round_,))


def _add_drawing(round_: int) -> None:
    value = (st.session_state.get(DRAWER) or {}).get("strokes") or {}
    if value.get("token") != f"picture-{round_}-{len(_taken(round_))}":
        st.session_state[_PROBLEM] = _("Draw something first.")
        return
    try:
        add(round_, drawn(value.get("strokes")))
    except UserError as error:
        st.session_state[_PROBLEM] = str(error)


def drawn(strokes: object) -> bytes:
    """White on black as a PNG. Raises UserError where nothing is painted, or what came is no drawing."""
    mask = painted(parse(strokes))
    if not mask.any():
        raise UserError(_("Draw something first."))
    out = io.BytesIO()
    Image.fromarray((mask * 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def _summary(round_: int, taken: Sequence[Taken]) -> None:
    """How many pictures of each class were made here, and the way to take the last one back."""
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.warning(escape_markdown(problem))
    if not taken:
        return
    counts = Counter(one.label or _("no class") for one in taken)
    words = ", ".join(f"{label}: {number(n)}" for label, n in counts.items())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(escape_markdown(_("Made here: {words}").format(words=words)), width="content")
        st.button(_("Remove the last one"), key="picture_remove", on_click=_remove, args=(round_,))


def _remove(round_: int) -> None:
    if taken := _taken(round_):
        taken.pop()
