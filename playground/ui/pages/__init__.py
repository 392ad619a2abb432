"""The pages. Each module with a record named `PAGE` is one, found here by itself; its name is its path in the URL."""

from __future__ import annotations

import importlib
import pkgutil

import streamlit as st

from playground.i18n import _
from playground.ui.pages.record import Page

__all__ = ["PAGES", "Page", "entry"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = {module.__name__.rpartition(".")[2]: module.PAGE for module in _modules if hasattr(module, "PAGE")}
PAGES: dict[str, Page] = dict(sorted(_found.items(), key=lambda item: item[1].order))


def entry(path: str) -> st.Page:
    """A page as Streamlit's navigation knows it."""
    page = PAGES[path]
    return st.Page(page.render, title=_(page.title), icon=page.icon, url_path=path)
