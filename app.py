"""The door: page config and navigation. Start it with `streamlit run app.py`."""

import streamlit as st

from playground.i18n import _
from playground.ui import style
from playground.ui.pages import PAGES, entry

st.set_page_config(page_title=_("GAN Playground"), page_icon=style.ICON, layout="wide")
style.apply()
st.navigation([entry(path) for path in PAGES], position="top").run()
