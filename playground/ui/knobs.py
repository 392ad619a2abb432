"""The sidebar's form: one widget a knob, made from `KNOBS`; and what a change of them does."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.config.knob import GROUPS, Knob
from playground.config.presets import PRESETS
from playground.config.rules import PENALTIES
from playground.config.run_config import KNOBS, RunConfig
from playground.data import DATASETS
from playground.data.modality import MODALITIES
from playground.losses.objectives import OBJECTIVES
from playground.ui import link, session
from playground.ui.style import escape_markdown
from playground.utils.translation import _

OPEN = ("Objective", "Optimisers")  # the groups that a beginner needs; the others are folded
PLACEHOLDERS = {"folder": "/path/to/folder", "classes": "3,8", "repeat": "8x5"}
_STAGED, _INSIST, _PRESET, _CHANGED = "_staged", "_insist", "preset", ""
_REPLACED, _ECHOED = "_replaced", "_echoed"
CALM = 1.0  # seconds after which a browser has heard of the new values


def sidebar() -> None:
    """Draw the form with the values that the run has or is about to have."""
    config = RunConfig.checked(session.config() | staged())
    preset = link.nearest_preset(config)
    changed = config != PRESETS[preset].config
    _draw_preset(preset, changed, config)
    wants_folder = config.dataset == "idx"
    if wants_folder:
        _draw(KNOBS["folder"], config)
    for group in GROUPS:
        drawn = {"folder"} if wants_folder else set()
        knobs = [k for k in KNOBS.values() if k.group == group and k.name not in drawn and not _has_one_choice(k)]
        live = all(knob.live for knob in knobs)
        label = f"{_(group)}   :gray[:small[{_('live') if live else _('starts over')}]]"
        fold = st.expander(label, expanded=group in OPEN, key=group_key(group), on_change="rerun")
        if fold.open:  # else nobody sees the widgets; the values are the run's
            with fold:
                for knob in knobs:
                    _draw(knob, config)


def group_key(group: str) -> str:
    """The key of a group's fold, which is true while it is open."""
    return "group_" + group.lower().replace(" ", "_")


def staged() -> dict[str, Any]:
    """Changes that would start the run over and wait for a yes, or for the engine to accept them."""
    waiting: dict[str, Any] = st.session_state.get(_STAGED, {})
    if all(session.confirmed()[name] == value for name, value in waiting.items()):
        keep()
        return {}
    return waiting


def lacks_source() -> bool:
    """Whether the staged changes name a dataset without saying where it lies."""
    wanted = RunConfig.checked(session.config() | staged())
    return bool(staged() and DATASETS[wanted.dataset].asks) and not wanted.source.strip()


def question() -> str:
    """What the staged changes would do, in a sentence; "" if there are none."""
    old = session.config()
    changes = {name: value for name, value in staged().items() if value != old[name] and not KNOBS[name].live}
    if not changes:
        return ""
    dataset = DATASETS[(old | staged())["dataset"]]
    if lacks_source():
        where = {
            "folder": _("“{dataset}”: enter the folder in the sidebar, under the preset."),
            "own": _("“{dataset}”: draw, paste or upload them on the Data page."),
        }
        return where[dataset.asks].format(dataset=_(dataset.label))
    if changes.keys() & {"dataset", "folder", "own"}:
        name = link.data_label(dataset.key, (old | staged())["own"])
        return _("Training on “{dataset}” starts the run over.").format(dataset=name)
    if len(changes) > 2:
        preset = link.nearest_preset(RunConfig.checked(old | staged()))
        return _("The preset “{preset}” starts the run over.").format(preset=_(PRESETS[preset].label))
    text = ", ".join(
        _("{label}: {old} → {new}").format(
            label=_(KNOBS[name].label), old=KNOBS[name].written(old[name]), new=KNOBS[name].written(value)
        )
        for name, value in changes.items()
    )
    return _("{changes} starts the run over.").format(changes=text)


def start_over() -> None:
    """Send the staged changes; they stay staged until the engine has accepted them."""
    session.set_knobs(staged())


def keep() -> None:
    """Forget the staged changes; the widgets go back."""
    st.session_state.pop(_STAGED, None)


def ask(values: dict[str, Any]) -> None:
    """Change knobs: at once if they are live or nothing would be lost, else after a yes."""
    real = RunConfig.checked(session.config())
    shown = RunConfig.checked(real.model_dump() | staged())
    if values.get("dataset", shown.dataset) != shown.dataset:  # what was chosen of the old one means nothing here
        values = {"classes": "", "size": 0, "repeat": "", **values}
    wanted, findings = RunConfig.read(values, shown)
    for finding in findings:
        st.toast(escape_markdown(finding), icon=":material/info:")
    news = wanted.differences(shown)
    changes = wanted.differences(real)
    if all(KNOBS[name].live for name in changes):
        keep()
        session.set_knobs(changes)
    elif session.step() == 0:
        st.session_state[_STAGED] = changes
        if not lacks_source():
            session.set_knobs(changes)
    elif all(KNOBS[name].live for name in news):
        st.session_state[_STAGED] = changes
        session.set_knobs(news)
    else:
        st.session_state[_STAGED] = changes


def _draw_preset(preset: str, changed: bool, config: RunConfig) -> None:
    """The choice of a preset; once a knob differs, an entry of its own says so and the preset can be chosen again."""
    options = ([_CHANGED] if changed else []) + list(PRESETS)
    chosen = _CHANGED if changed else preset
    _follow(_PRESET, chosen)
    label = _(PRESETS[preset].label)

    def name(key: str) -> str:
        return _(PRESETS[key].label) if key else _("{preset}, changed").format(preset=label)

    def choose() -> None:
        if not _echo(_PRESET) and (key := st.session_state[_PRESET]) in PRESETS:
            ask(PRESETS[key].config.model_dump())

    st.selectbox(
        _("Preset"),
        options,
        options.index(chosen),
        format_func=name,
        key=_PRESET,
        on_change=choose,
        disabled=session.watching(),
    )
    st.caption(escape_markdown(link.why(config)))


def _draw(knob: Knob, config: RunConfig) -> None:
    """The widget of one knob."""
    value = getattr(config, knob.name)
    key = f"knob_{knob.name}"
    _follow(key, value)

    def change() -> None:
        if not _echo(key):
            ask({knob.name: st.session_state[key]})

    field(knob, value, key=key, disabled=not applies(knob.name, config) or session.watching(), on_change=change)


def field(knob: Knob, value: Any, **common: Any) -> Any:
    """A widget for values of a knob that begins with `value`; gives what it shows. `common` goes to Streamlit."""
    common = {"label": _(knob.label), "help": _(knob.help)} | common
    if knob.choices is not None:
        choices = knob.choices
        return st.selectbox(
            options=list(choices), index=list(choices).index(value), format_func=lambda k: _(choices[k]), **common
        )
    if knob.type is bool:
        return st.toggle(value=value, **common)
    if knob.type is str:
        return st.text_input(value=value, placeholder=_(PLACEHOLDERS.get(knob.name, "")), **common)
    if grid := grid_of(knob):
        stops = sorted({*grid, value})
        return st.select_slider(options=stops, value=value, format_func=knob.written, **common)
    return st.number_input(value=value, min_value=int(knob.low or 0), max_value=int(knob.high or 0), step=1, **common)


def _follow(key: str, value: Any) -> None:
    """Make the widget `key` show `value`, which another tab or a preset may have changed.

    For a while at every run: Streamlit drops the messages of a run that the next one overtakes, and a widget that
    missed its value would send the old one back. Not always: it would undo what a person does during a run.
    """
    now = time.monotonic()
    shown = st.session_state.get(key, value)
    if shown != value:
        st.session_state[_INSIST] = now + session.PATIENCE
        st.session_state.setdefault(_REPLACED, {})[key] = shown, now + CALM
    if now < st.session_state.get(_INSIST, 0.0):
        st.session_state[key] = value


def _echo(key: str) -> bool:
    """Whether the change of widget `key` is nobody's: its old value, from a browser that has not heard of the new one.

    The fragment's timer sends the values of all widgets, also while a run that sets some of them is under way. A
    person's change of the form runs the whole page, or, if the timer is quicker, brings another value. Streamlit may
    put the timer's values into a run of the whole page that waits; then other widgets have their old values too.
    """
    replaced, now = st.session_state.get(_REPLACED, {}), time.monotonic()
    old, until = replaced.get(key, (None, 0.0))
    context = get_script_run_ctx()
    timer = context is not None and bool(context.fragment_ids_this_run)
    others = any(
        name != key and now < end and name in st.session_state and st.session_state[name] == value
        for name, (value, end) in replaced.items()
    )
    found = (timer or others) and now < until and bool(st.session_state[key] == old)
    if found:
        st.session_state.setdefault(_ECHOED, time.monotonic())
    return found


def out_of_step() -> bool:
    """Whether the form has to be drawn again because such a value came in, a moment ago; true once for each."""
    due: bool = time.monotonic() > st.session_state.get(_ECHOED, float("inf")) + CALM
    if due:
        del st.session_state[_ECHOED]
    return due


def _has_one_choice(knob: Knob) -> bool:
    return knob.choices is not None and len(knob.choices) == 1


def applies(name: str, config: RunConfig) -> bool:
    """Whether knob `name` does anything in `config`."""
    if _has_one_choice(KNOBS[name]):
        return False
    optimisers = {config.g_optimiser, config.d_optimiser}
    augmented = MODALITIES[DATASETS[config.dataset].kind].augmented
    needs: dict[str, bool] = {
        "d_head_start": config.g_steps > 0,
        "unroll": config.g_steps > 0,
        "beta1": optimisers != {"rmsprop"},
        "beta2": optimisers != {"sgd"},
        "weight_decay": "adamw" in optimisers,
        **dict.fromkeys(PENALTIES, config.d_norm != "batch"),
        "penalty_every": config.r1 > 0 or config.r2 > 0,
        "label_smoothing": OBJECTIVES[config.objective].probability,
        "noise_steps": config.noise > 0,
        "augment": augmented,
        "augment_p": augmented and config.augment != "none",
        "ada_target": augmented and config.augment != "none" and OBJECTIVES[config.objective].centred,
        "sn_gain": "spectral" in (config.g_norm, config.d_norm),
        "pack": not config.conditional,
        "folder": DATASETS[config.dataset].asks == "folder",
        "own": DATASETS[config.dataset].asks == "own",
        "classes": DATASETS[config.dataset].classes != 0,
        "repeat": DATASETS[config.dataset].classes != 0,
        "conditional": DATASETS[config.dataset].classes != 0,
        "conditioning": config.conditional,
    }
    return needs.get(name, True)


@lru_cache(maxsize=64)
def _grid(low: float, high: float, log: bool, whole: bool) -> tuple[float, ...]:
    if whole and log and low > 0:
        steps = [2.0**k for k in range(32)]
    elif whole and not log:
        steps = [float(k) for k in range(int(low), int(high) + 1)] if high - low <= 100 else []
    elif log:
        steps = [0.0] + [float(f"{factor}e{power}") for power in range(-6, 7) for factor in (1, 2, 5)]
        steps = [value for value in steps if value == 0 or value >= high * (1e-4 if whole else 1e-5)]
    else:
        steps = [round(k / 20, 2) for k in range(21)]
        steps += [] if high == 1 else [0.99, 0.995, 0.999, 0.9999]
    return tuple(value for value in steps if low <= value <= high)


def grid_of(knob: Knob) -> tuple[Any, ...]:
    """The stops of the slider of a number: powers of 2, a 1-2-5 scale, or an even one; () for a field to type into."""
    assert knob.low is not None
    assert knob.high is not None
    values = _grid(knob.low, knob.high, knob.log, knob.type is int)
    return tuple(knob.type(value) for value in values)
