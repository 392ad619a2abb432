"""The card of a dataset: some samples, what there is to say of it, and which part of it the run is to learn from."""

from __future__ import annotations

from html import escape

import streamlit as st

from playground.config.run_config import RunConfig
from playground.data import DATASETS, Choice, idx_folder, modality, own
from playground.data.choice import MAX_TIMES, classes_in, repeats_in
from playground.data.classics import CLASSICS, absent, size_of
from playground.engine.messages import Card
from playground.ui import projector, session
from playground.ui.modalities import ON_PAGES
from playground.ui.pages.data import selection
from playground.ui.pages.data.selection import Shown
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from playground.utils.translation import _, number

SIZES = (0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
FETCH = "_data_fetch"
MANY = 40  # classes that can be shown as buttons
LONG = 12  # classes whose bars stand in one column
SHORT = 3  # letters of a name for which a narrow list is enough


def render(what: Shown) -> None:
    """Draw the card, or how to come by the data."""
    if not projector.on():
        head, button = st.columns([11, 9], vertical_alignment="center", gap="small")
        head.markdown(f"### {escape_markdown(selection.label(what))}")
    if DATASETS[what.dataset].asks == "folder":
        what = _folder(what)
        if not what.source:
            said = _("IDX is the file format of MNIST: one file has the images, another one their labels.")
            st.info(said, icon=":material/folder:")
            return
    full = selection.card(what, Choice(), fetch=bool(st.session_state.pop(FETCH, False)))
    if full is None:
        return
    if full.status != "ready":
        _not_ready(what, full)
        return
    if projector.on():  # the name stands in a list above
        left, right = projector.halves()
        button = right.container()
    else:
        left, right = st.columns([11, 9], gap="small")
    with right, st.container(key="facts"):
        choice = _part(what, full) if full.n > 1 else Choice()
        chosen = full if choice.all else selection.card(what, choice) or full
        if chosen.status != "ready":
            st.warning(escape_markdown(chosen.sentence))
        else:
            _bars(chosen)
        if not projector.on():
            _facts(what, full)
    with left, st.container(key="sheet", gap=None):
        _sheet(what, chosen if chosen.status == "ready" else full)
    with button:
        _train(what, choice, chosen)


def _folder(what: Shown) -> Shown:
    """Ask for the folder; gives what is on show now."""

    def change() -> None:
        selection.show(Shown(what.dataset, st.session_state["data_folder"].strip()))

    st.session_state.setdefault("data_folder", what.source)
    if (allowed := idx_folder.choices()) is not None:
        st.selectbox(
            _("Folder on the machine that runs this app"),
            list(dict.fromkeys(["", st.session_state["data_folder"], *allowed])),
            key="data_folder",
            format_func=lambda one: one or _("None"),
            help=_("The folders with IDX files that the operator of this server allows."),
            on_change=change,
            persist_state="session",
        )
        return selection.shown()
    st.text_input(
        _("Folder on the machine that runs this app"),
        key="data_folder",
        placeholder="/path/to/folder",
        help=_("With files like train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz."),
        on_change=change,
        persist_state="session",
    )
    return selection.shown()


def _not_ready(what: Shown, card: Card) -> None:
    """A bar while the data is read or fetched, else why it is not here and what can be done."""
    megabytes = f"{size_of(what.dataset) / 1e6:,.0f} MB" if DATASETS[what.dataset].origin == "download" else ""
    with st.container(key="not_ready"):
        if card.status == "working":
            share = min(1.0, card.done / card.total) if card.total else 0.0
            st.progress(share, text=f"{card.sentence} {_amount(card)}")
            st.button(_("Cancel"), key="cancel", on_click=session.cancel, args=(what.dataset, what.source))
            return
        st.markdown(escape_markdown(_why_not(what, card)))
        label = _("Download, {size}").format(size=megabytes) if megabytes else _("Try again")
        st.button(
            label, key="fetch", type="primary", icon=":material/download:" if megabytes else None, on_click=_fetch
        )


def _why_not(what: Shown, card: Card) -> str:
    """Why the data is not here, as this page says it: elsewhere the same sentence sends a person here."""
    if what.dataset in CLASSICS and card.sentence == absent(what.dataset):
        return absent(what.dataset, beside=True)
    if DATASETS[what.dataset].asks == "own" and own.place(what.source) is None:
        return _("This set is no longer here. Make it again with a button under “Add your own”.")
    return card.sentence


def _fetch() -> None:
    st.session_state[FETCH] = True


def _amount(card: Card) -> str:
    """What is done of what there is to do; bytes in MB."""
    if not card.total:
        return ""
    if card.bytes:
        return f"{card.done / 1e6:,.1f} / {card.total / 1e6:,.1f} MB"
    return f"{number(card.done)} / {number(card.total)}"


# What the run is to learn from


def _part(what: Shown, full: Card) -> Choice:
    """The widgets that choose a part of the data; they begin with what the run has."""
    config = RunConfig.checked(session.config())
    now = config.choice if what == selection.of_run() else Choice()
    classes, repeat = "", ""
    if 1 < len(full.names) <= MANY:
        picked = st.pills(
            _("Classes"),
            range(len(full.names)),
            selection_mode="multi",
            default=[k for k in _known(now.classes) if k < len(full.names)],
            format_func=lambda k: escape_markdown(full.names[k]),
            key=f"classes_{what.key}",
            persist_state="session",
            help=_("Press a class to use only that one, or those. None pressed: all."),
        )
        st.caption(
            _("{k} of {n} classes").format(k=len(picked), n=len(full.names))
            if picked
            else _("All {n} classes").format(n=len(full.names))
        )
        classes = ",".join(str(k) for k in sorted(picked) if k < len(full.names))
    sizes = sorted({n for n in SIZES if n < full.n} | {min(now.size, full.n)})
    size = 0
    if len(sizes) > 1:
        size = st.select_slider(
            _("Maximum number of samples"),
            [*sizes[1:], 0],
            value=now.size if now.size in sizes else 0,
            format_func=lambda n: number(n) if n else _("all"),
            key=f"size_{what.key}",
            persist_state="session",
            help=_("Of few samples D soon knows every one: it overfits."),
        )
    if 1 < len(full.names) <= MANY:
        repeat = _repeat(what, full, now)
    return Choice(classes, int(size), repeat)


def _repeat(what: Shown, full: Card, now: Choice) -> str:
    """One class that is to occur several times: an imbalance. The two fields stand in a sentence."""
    first = next(iter(_repeats(now.repeat).items()), (0, 1))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="repeat"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
            said = _("Repeat class")
            st.markdown(said, width="content", help=_("Makes one class more frequent than the others."))
            k = st.selectbox(
                said,
                range(len(full.names)),
                min(first[0], len(full.names) - 1),
                format_func=lambda k: full.names[k],
                key=f"repeat_class_{what.key}",
                persist_state="session",
                label_visibility="collapsed",
                width=76 if max(map(len, full.names)) <= SHORT else 150,
            )
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
            times = st.number_input(
                _("times"),
                1,
                MAX_TIMES,
                first[1],
                key=f"repeat_times_{what.key}",
                persist_state="session",
                label_visibility="collapsed",
                width=68,
            )
            st.markdown(_("times"), width="content")
    return f"{k}x{times}" if times > 1 else ""


def _known(text: str) -> tuple[int, ...]:
    try:
        return classes_in(text)
    except ValueError:
        return ()


def _repeats(text: str) -> dict[int, int]:
    try:
        return repeats_in(text)
    except ValueError:
        return {}


def _train(what: Shown, choice: Choice, card: Card) -> None:
    """The button that gives the run this data."""
    config = RunConfig.checked(session.config())
    same = what == selection.of_run() and choice == config.choice.alone
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button(
            _("Train on this"),
            key="train_on",
            type="primary",
            icon=":material/play_circle:",
            disabled=same or card.status != "ready" or session.watching(),
            help=_("You are watching. Take your own copy on the Train page.") if session.watching() else None,
        )
        if same:
            st.caption(_("The run trains on this dataset."), width="content")
        else:
            st.markdown(_("Samples: {n}").format(n=f"**{number(card.n)}**"))
    if pressed:
        from playground.ui.pages import entry  # which imports the page that draws this

        selection.train_on(what, choice, card)
        st.switch_page(entry("train"))


# What there is to see


def _sheet(what: Shown, card: Card) -> None:
    if card.sheet is not None:
        ON_PAGES[modality.of(card.shape).key].sheet(card, selection.label(what))


def _bars(card: Card) -> None:
    """How many samples each class has."""
    if not card.counts or (projector.on() and len(card.counts) > LONG):
        return
    most = max(1, *card.counts)
    rows = "".join(
        f"<span>{escape(name)}</span><span class='bar'><i style='width:{100 * n / most:.1f}%'></i></span>"
        f"<span class='n'>{number(n)}</span>"
        for name, n in zip(card.names, card.counts, strict=True)
    )
    counts = (f"{name} {number(n)}" for name, n in zip(card.names, card.counts, strict=True))
    alt = _("Samples of each class") + ": " + ", ".join(counts)
    kind = "bars two" if len(card.names) > LONG else "bars"
    st.html(f'<div class="{kind}" role="img" aria-label="{escape(alt)}">{rows}</div>')


def _facts(what: Shown, card: Card) -> None:
    """Shape, values, licence and where the data comes from."""
    dataset = DATASETS[what.dataset]
    about = own.about(what.source) if dataset.asks == "own" else None
    shape = ON_PAGES[modality.of(card.shape).key].shape(card.shape)
    facts = {
        _("Samples"): f"{number(card.n)}, {shape}",
        _("Classes"): number(len(card.names)) if card.names else _("no labels"),
        _("Values"): f"{card.low:.4g} … {card.high:.4g}".replace("-", "−"),
        _("Source"): about.source if about else _(dataset.source),
        _("Licence"): _(dataset.licence),
        _("Cite"): dataset.citation,
        _("Note"): " ".join(about.findings if about else card.findings),
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    st.html(f'<dl class="facts">{rows}</dl>')
    if about:
        _keep(about)


def _keep(about: own.About) -> None:
    """Whether a set of one's own outlives the session."""
    if about.saved and not selection.is_mine(about.id):
        st.caption(_("Saved on this server; everybody who uses it sees this set."))
        return

    def change() -> None:
        try:
            own.save(about.id, keep=st.session_state[f"keep_{about.id}"])
        except UserError as error:
            st.session_state["_data_said"] = str(error)

    minutes = round(own.LEASE / 60)
    st.toggle(
        _("Save it on this server"),
        value=about.saved,
        key=f"keep_{about.id}",
        on_change=change,
        help=_("Else it is deleted {n} minutes after the last page that uses it is closed.").format(n=minutes),
    )
    if said := st.session_state.pop("_data_said", ""):
        st.warning(escape_markdown(said))
