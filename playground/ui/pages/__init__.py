"""The pages. Each folder is one, found here by itself: its module `page` has the record `PAGE`, its name is
its path in the URL.
"""

from __future__ import annotations

import importlib
import pkgutil

import streamlit as st

from playground.ui.pages.page import Page
from playground.utils.translation import _

__all__ = ["PAGES", "Page", "entry"]

_modules = {
    m.name: importlib.import_module(f"{__name__}.{m.name}.page") for m in pkgutil.iter_modules(__path__) if m.ispkg
}
PAGES: dict[str, Page] = dict(sorted(((k, m.PAGE) for k, m in _modules.items()), key=lambda item: item[1].order))


def glossary_link() -> None:
    """A link to the glossary."""
    st.page_link(entry("glossary"), label=_("All terms: the glossary"), icon=PAGES["glossary"].icon, width="content")


def entry(path: str) -> st.Page:
    """A page as Streamlit's navigation knows it."""
    page = PAGES[path]
    return st.Page(page.render, title=_(page.title), icon=page.icon, url_path=path)
