"""What Streamlit runs for each visitor: page config and navigation."""

import streamlit as st

from playground.ui import language, lesson_panel, lesson_state, projector, seat, style, uploads
from playground.ui.components.window import window
from playground.ui.pages import PAGES, entry
from playground.utils.translation import _

language.begin()
st.set_page_config(page_title=_("GAN Playground"), page_icon=style.ICON, layout="wide")
projector.begin()
lesson_state.begin()
seat.begin()
style.apply()
window(lesson_panel.said(), language.tag())
page = st.navigation([entry(path) for path in PAGES], position="top")
projector.corner()
language.corner()
uploads.on_page(page.url_path)
page.run()
