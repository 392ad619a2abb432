"""The dialog in which a lesson is chosen, or brought from a file."""

from __future__ import annotations

import io
from pathlib import PurePosixPath

import streamlit as st

from playground.data import zips
from playground.lessons.lesson import LESSONS, LessonError, in_order, lesson, read_text
from playground.metrics.catalogue import readable
from playground.ui import aside, language, lesson_state
from playground.ui.pages.train import timeline
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from playground.utils.translation import _

LARGEST = 200_000  # bytes of a file that is brought, and of the lesson in it
SHOWN = 8  # mistakes
_FILE = "lesson_file"


def button() -> None:
    """The button that opens it."""
    st.button(
        _("Lessons"),
        icon=":material/school:",
        key="lessons",
        help=_("Lessons: tasks that tick themselves"),
        on_click=timeline.ask,
        args=(timeline.LESSONS,),
    )


def dialog() -> None:
    """Draw the dialog if it was asked for."""
    if timeline.asked() == timeline.LESSONS:
        st.dialog(_("Lessons"), width="medium", on_dismiss=timeline.dismissal())(_choose)()


def _choose() -> None:
    """The lessons that come with the app, the one that is on, and the way to bring one."""
    now = lesson_state.current()
    for key in LESSONS:
        about = lesson(key, language.of_visitor())
        with st.container(border=True, key=f"lesson_card_{key}", gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
                minutes = _("{n} minutes").format(n=about.minutes)
                st.markdown(f"**{escape_markdown(about.title)}** · {minutes}", width="stretch")
                is_on = now is not None and now.key == key
                if st.button(
                    _("Begin again") if is_on else _("Begin"),
                    key=f"lesson_begin_{key}",
                    help=escape_markdown(_("Begin “{title}”").format(title=about.title)),
                    type="secondary" if is_on else "primary",
                ):
                    lesson_state.open_lesson(key)
                    _close()
            st.markdown("\n".join(f"- {escape_markdown(line)}" for line in about.learns))
    if now is not None:
        st.caption(_("The link to this lesson. Whoever opens it gets a run of their own."))
        st.code(f"{(st.context.url or '').rstrip('/')}/?{lesson_state.LESSON}={now.key}", language=None)
    if now is not None and st.button(_("Leave the lesson"), icon=":material/close:", key="lesson_leave_here"):
        lesson_state.leave()
        _close()
    _bring()


def _close() -> None:
    timeline.close()
    st.rerun()


# A lesson of one's own


def _bring() -> None:
    """Take a lesson from a file, and open it at once; or say all that is wrong with it."""
    with st.expander(_("Bring your own lesson"), icon=":material/upload_file:", key="lesson_bring"):
        st.markdown(
            _(
                "A lesson is one file in Markdown, or a zip of its folder. It opens for you at once. The link to it is "
                "then shown here, and works as long as this server runs."
            )
        )
        file = st.file_uploader(_("A file .md, or a zip"), type=["md", "zip"], key=_FILE)
        if refused := aside.heard():
            st.warning(escape_markdown(refused))
        if file is None:
            return
        try:
            text, name = text_of(file.getvalue(), file.name)
            brought = read_text(lesson_state.own_key(text), language.of_visitor(), text, name, readable())
        except UserError as error:
            st.warning(escape_markdown(str(error)), icon=":material/warning:")
        except LessonError as error:
            _mistakes(error)
        else:
            lesson_state.bring(brought)
            _close()


def _mistakes(error: LessonError) -> None:
    """A sentence for each mistake, with its line."""
    n = len(error.mistakes)
    st.warning(
        _("The lesson has a mistake. Mend it and bring the file again.")
        if n == 1
        else _("The lesson has {n} mistakes. Mend them and bring the file again.").format(n=n),
        icon=":material/warning:",
    )
    rows = [
        f"- {_('Line {n}').format(n=mistake.line)}: {escape_markdown(mistake.sentence)}"
        for mistake in error.mistakes[:SHOWN]
    ]
    if n > SHOWN:
        rows.append("- " + _("… and {n} more.").format(n=n - SHOWN))
    st.markdown("\n".join(rows))


def text_of(content: bytes, name: str) -> tuple[str, str]:
    """The text of a lesson in a file that somebody brings, and the name of its file. Raises UserError."""
    if len(content) > LARGEST:
        raise UserError(_("The file has more than {n} KB. Leave out what is no text.").format(n=LARGEST // 1000))
    if zips.is_zip(content):
        content, name = _unpacked(content, name)
    try:
        return content.decode("utf-8-sig"), name
    except UnicodeDecodeError:
        raise UserError(_("“{file}” is no text in UTF-8.").format(file=name[:40])) from None


def _unpacked(content: bytes, name: str) -> tuple[bytes, str]:
    """The Markdown file of the pages' language in a zip, or else the English one, or the first. Raises UserError."""
    archive = zips.opened(io.BytesIO(content), name[:40])
    if archive is None:
        raise UserError(_("“{file}” is a broken zip.").format(file=name[:40]))
    with archive:
        found = {PurePosixPath(zips.name(entry)): entry for entry in archive.infolist()}
        texts = {
            path: entry
            for path, entry in sorted(found.items())
            if path.suffix.lower() == ".md" and not path.name.startswith(".") and "__MACOSX" not in path.parts
        }
        wanted = in_order(language.of_visitor())
        order = sorted(texts, key=lambda path: wanted.index(path.stem) if path.stem in wanted else len(wanted))
        if not order:
            raise UserError(_("There is no file .md in “{file}”.").format(file=name[:40]))
        entry = texts[order[0]]
        if entry.file_size > LARGEST or (flaw := zips.flaw(entry)):
            why = _("more than {n} KB").format(n=LARGEST // 1000) if entry.file_size > LARGEST else flaw
            raise UserError(_("“{file}” cannot be read: {why}.").format(file=order[0].name[:40], why=why))
        try:
            return zips.reader(archive, entry)(LARGEST + 1), order[0].name
        except Exception:  # many kinds, as of any broken zip
            raise UserError(_("“{file}” is broken.").format(file=order[0].name[:40])) from None
