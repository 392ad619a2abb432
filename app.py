"""The door: an ASGI app. Start it with `streamlit run app.py`."""

import streamlit as st

from playground.ui import door

app = st.App(
    door.SCRIPT, routes=door.ROUTES, middleware=door.MIDDLEWARE, lifespan=door.lifespan, on_script_error=door.failed
)
