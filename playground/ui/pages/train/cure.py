"""The coach's cure as a button that says what it changes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.coach import Condition
from playground.config.run_config import KNOBS, RunConfig
from playground.engine.messages import Mark, View
from playground.ui import past, session
from playground.ui.style import escape_markdown
from playground.utils.translation import _, number

# The knobs that may give a cure its name, the most telling first, in few words.
_SHORT = {
    "adversarial_weight": _("adversary {value}"),
    "reconstruction_weight": _("reconstruction {value}"),
    "identity_weight": _("identity {value}"),
    "cycle_weight": _("cycle {value}"),
    "objective": _("{value}"),
    "augment": _("augmentation"),
    "augment_p": _("more augmentation"),
    "gp": _("penalty {value}"),
    "r1": _("R1 {value}"),
    "r2": _("R2 {value}"),
    "unroll": _("look {value} ahead"),
    "noise": _("noise {value}"),
    "clip": _("clipping {value}"),
    "d_steps": _("D updates {value}"),
    "d_lr": _("rate of D {value}"),
    "g_lr": _("rate of G {value}"),
    "g_optimiser": _("{value} for G"),
    "beta1": _("momentum {value}"),
    "ema_half_life": _("EMA {value}"),
    "lr_decay": _("rates end at {value}"),
}


def button(label: str, key: str, view: View, condition: Condition) -> None:
    """Apply the cure at a press; there must be one."""
    config = RunConfig.checked(view.config)
    moment = _before(view) if condition.back else None
    st.button(
        label,
        icon=":material/healing:",
        key=key,
        type="primary",
        help="\n".join([_("Changes these knobs of the run; Undo takes them back."), "", listed(view, condition)]),
        disabled=session.watching(),
        on_click=past.cure,
        args=(condition.cure(config), None if moment is None else moment.id),
    )


def listed(view: View, condition: Condition) -> str:
    """What the cure does, a line each, in Markdown."""
    config = RunConfig.checked(view.config)
    moment = _before(view) if condition.back else None
    back = [] if moment is None else [_("Back to step {n}; the rest stays as a branch").format(n=number(moment.step))]
    changes = [
        _("{label}: {old} → {new}").format(
            label=_(KNOBS[name].label),
            old=KNOBS[name].written(getattr(config, name)),
            new=KNOBS[name].written(value),
        )
        for name, value in condition.cure(config).items()
    ]
    return "\n".join(f"- {escape_markdown(line)}" for line in back + changes)


def in_short(cure: dict[str, Any]) -> str:
    """The most telling change of a cure, and how many more there are."""
    name = next((name for name in _SHORT if name in cure), next(iter(cure)))
    words = _(_SHORT.get(name, "{label} {value}"))
    lead = words.format(label=_(KNOBS[name].label), value=KNOBS[name].written(cure[name]))
    if len(cure) == 1:
        return _("Try: {change}").format(change=lead)
    return _("Try: {change} and {n} more").format(change=lead, n=len(cure) - 1)


def _before(view: View) -> Mark | None:
    """The latest moment at which the run was still well, or its first one; None if none is kept whole."""
    whole = [mark for mark in view.line if mark.whole]
    step = view.diagnosis.before if view.diagnosis else 0
    return next((mark for mark in reversed(whole) if mark.step <= step), whole[0] if whole else None)
