"""The Glossary page: every term with a sentence, a formula and a paper, to be searched."""

from __future__ import annotations

import streamlit as st

from playground.ui import projector, session
from playground.ui.glossary import TERMS, Term
from playground.ui.pages.page import Page
from playground.ui.style import escape_markdown
from playground.utils.translation import _

TICK = 2.0  # seconds between two looks at the run, which goes on while one reads


def render() -> None:
    """Draw the page."""
    st.fragment(_awake, run_every=TICK)()
    if projector.on():
        _in_large()
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(f"### {_('Glossary')}", width="content")
        wanted = st.text_input(
            _("Search"),
            key="glossary_search",
            icon=":material/search:",
            label_visibility="collapsed",
            placeholder=_("Such as FID, or penalty"),
            width=300,
        )
    found = matching(str(wanted or ""))  # a forged message may bring anything
    if not found:
        st.info(_("No term has this word. Try another one."), icon=":material/search:")
    with st.container(key="terms"):
        for term in found:
            _entry(term, border=True)


def _in_large() -> None:
    """On a projector: one term, and the names of all."""
    terms = {term.name: term for term in matching("")}
    left, right = st.columns([11, 9], gap="medium")
    with left, st.container(key="glossary_terms"):
        name = st.pills(
            _("Term"),
            list(terms),
            default=next(iter(terms)),
            required=True,
            format_func=_,
            key="glossary_term",
            label_visibility="collapsed",
            persist_state="session",
        )
    with right, st.container(key="glossary_large"):
        _entry(terms[name])


def _awake() -> None:
    """Keep the visitor's run awake."""
    session.view()


def matching(wanted: str) -> list[Term]:
    """The terms that have all words of `wanted` in name, sentence or paper, by name."""
    words = wanted.casefold().split()
    by_name = sorted(TERMS.values(), key=lambda term: _(term.name).casefold())
    texts = {term.name: f"{_(term.name)} {_(term.sentence)} {term.paper}".casefold() for term in by_name}
    return [term for term in by_name if all(word in texts[term.name] for word in words)]


def _entry(term: Term, border: bool = False) -> None:
    with st.container(gap="xsmall", border=border):
        said = _(term.sentence).replace(" %", "\u00a0%")  # which no end of a line may part from its number
        st.markdown(f"**{escape_markdown(_(term.name))}**  \n{escape_markdown(said)}")
        if term.formula:
            st.markdown(f"$$\n{term.formula}\n$$")
        st.caption(escape_markdown(term.paper))


PAGE = Page("Glossary", ":material/menu_book:", 6, render)
