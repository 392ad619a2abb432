"""What the Data page shows: a dataset with what is chosen of it, or a way to make one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground.config.run_config import RunConfig
from playground.config.starts import suited
from playground.data import DATASETS, Choice, own
from playground.engine.messages import Card
from playground.ui import knobs, link, session
from playground.utils.translation import _

_SHOWN, _MINE, _OWNED, _CARDS = "_data_shown", "_data_mine", "_data_owned", "_data_cards"
KEEP = 4  # cards
MAKERS = {
    "draw": (_("Draw"), ":material/draw:"),
    "table": (_("Table"), ":material/table_rows:"),
    "pictures": (_("Pictures"), ":material/add_photo_alternate:"),
}


@dataclass(frozen=True)
class Shown:
    """A dataset and, where it asks for that, the folder or the set; or the key of a way to make one."""

    dataset: str = ""
    source: str = ""
    maker: str = ""

    @property
    def key(self) -> str:
        """Part of the keys of widgets that belong to it."""
        return f"{self.dataset}_{self.source}"


def shown() -> Shown:
    """What the page shows: at first the data of the run."""
    if _SHOWN not in st.session_state:
        st.session_state[_SHOWN] = of_run()
    out: Shown = st.session_state[_SHOWN]
    return out


def show(what: Shown) -> None:
    """Show something else."""
    st.session_state[_SHOWN] = what


def of_run() -> Shown:
    """The data that the run learns from."""
    config = RunConfig.checked(session.config())
    return Shown(config.dataset, config.source)


# Sets of one's own


def mine() -> list[own.About]:
    """The sets made in this session and the one that the run uses, then the saved ones."""
    ids = [*st.session_state.get(_MINE, []), session.config()["own"]]
    here = [about for about in map(own.about, dict.fromkeys(ids)) if about is not None]
    return here + [one for one in own.saved() if one.id not in ids]


def made(id: str) -> None:
    """Note a new set and show it."""
    ids: list[str] = st.session_state.setdefault(_MINE, [])
    about = own.about(id)
    if id not in ids:
        ids.append(id)
        if about is None or not about.saved:  # else somebody else has saved the same
            st.session_state.setdefault(_OWNED, set()).add(id)
    if about is not None:
        show(Shown(about.dataset, id))


def made_before() -> tuple[str, ...]:
    """The sets made in this session, but for those that somebody else had saved before."""
    return tuple(st.session_state.get(_OWNED, set()))


def is_mine(id: str) -> bool:
    """Whether a set was made in this session, and not saved by somebody else before."""
    return id in st.session_state.get(_OWNED, set())


def keep_mine() -> None:
    """Say that this session's sets are in use."""
    for one in st.session_state.get(_MINE, []):
        own.use(one)


def label(what: Shown) -> str:
    """The name of a dataset."""
    return link.data_label(what.dataset, what.source)


# From the engine


def card(what: Shown, choice: Choice, fetch: bool = False) -> Card | None:
    """What the engine says of a dataset; asked again until it is ready. None if the engine does not answer."""
    cards: dict[tuple[Shown, Choice], Card] = st.session_state.setdefault(_CARDS, {})
    old = cards.get((what, choice))
    if old is not None and old.status == "ready" and not fetch:
        return old
    new = session.card(what.dataset, what.source, choice, fetch)
    if new is not None:
        cards.pop((what, choice), None)
        cards[what, choice] = new
        while len(cards) > KEEP:
            del cards[next(iter(cards))]
    return new


def busy() -> bool:
    """Whether the set on show is being read or downloaded."""
    card: Card | None = st.session_state.get(_CARDS, {}).get((shown(), Choice()))
    return card is not None and card.status == "working"


def train_on(what: Shown, choice: Choice, card: Card) -> None:
    """Give the run this data: at once where nothing is lost, else after a yes on the Train page.

    Other data brings the knobs that suit it; another choice of the same data keeps the run's.
    """
    values: dict[str, Any] = {"classes": choice.classes, "size": choice.size, "repeat": choice.repeat}
    if what != of_run():
        classes = 0 if DATASETS[what.dataset].classes == 0 else len(card.names)
        values = suited(what.dataset, what.source, card.shape, classes).model_dump() | values
        values |= {name: session.config()[name] for name in ("seed", "device")}
    knobs.ask(values)
