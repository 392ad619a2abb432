"""The knobs of the run in the sidebar, and what a change of them does."""

from playground.ui.knobs.applies import applies as applies
from playground.ui.knobs.changes import ask as ask
from playground.ui.knobs.changes import choose as choose
from playground.ui.knobs.changes import keep as keep
from playground.ui.knobs.changes import lacks_source as lacks_source
from playground.ui.knobs.changes import question as question
from playground.ui.knobs.changes import staged as staged
from playground.ui.knobs.changes import start_over as start_over
from playground.ui.knobs.fields import field as field
from playground.ui.knobs.fields import grid_of as grid_of
from playground.ui.knobs.form import rows as rows
from playground.ui.knobs.form import sidebar as sidebar
