"""The game in two lines, with the part of it lit that is at work in a phase of a recorded step."""

from __future__ import annotations

from html import escape

from playground.ui.style import Palette
from playground.utils.step_record import Phase
from playground.utils.translation import _

# The column and the row of each part; 0 stands for both rows.
_PLACES = {
    "z": (1, 1), "G": (3, 1), "generated": (5, 1), "real": (5, 2), "D": (7, 0), "score": (9, 0), "loss": (11, 0),
}  # fmt: skip
_ARROWS = {
    ("z", "G"): ("→", "←", 2, 1),
    ("G", "generated"): ("→", "←", 4, 1),
    ("generated", "D"): ("↘", "↖", 6, 1),
    ("real", "D"): ("↗", "↙", 6, 2),
    ("D", "score"): ("→", "←", 8, 0),
    ("score", "loss"): ("→", "←", 10, 0),
}
_AT_WORK: dict[str, str] = {
    "draw_x": "real",
    "draw_z": "z",
    "generate": "z G generated",
    "judge_real": "real D score",
    "judge_fake": "generated D score",
    "look_ahead": "D",
    "judge_ahead": "generated D score",
    "loss": "score loss",
    "classify": "D loss",
    "recover": "D loss",
    "smooth": "score loss",
    "r1": "real D loss",
    "r2": "generated D loss",
    "gp": "D loss",
    "dragan": "D loss",
    "D backward": "loss score D",
    "G backward": "loss score D generated G",
    "clip": "D",
    "adapt": "real",
    "average": "G",
}


def at_work(phase: Phase) -> tuple[str, ...]:
    """The parts of the game that a phase uses, in the order in which they follow each other."""
    if phase.key in ("augment", "noise", "pack"):
        return ("real" if phase.tensors and phase.tensors[0].name == "real" else "generated",)
    found = _AT_WORK.get(f"{phase.net} {phase.key}") or _AT_WORK.get(phase.key) or phase.net
    return tuple(found.split())


def strip(phase: Phase | None, palette: Palette) -> str:
    """The picture as HTML; without a phase nothing is lit."""
    lit = at_work(phase) if phase else ()
    back = phase is not None and phase.key == "backward"
    color = palette.discriminator if phase and phase.net == "D" else palette.generated
    names = _names()
    cells = [_cell("span", part in lit, place, _signed(part, names[part], palette)) for part, place in _PLACES.items()]
    for (start, end), (ahead, backward, column, row) in _ARROWS.items():
        on = start in lit and end in lit
        cells.append(_cell("i", on, (column, row), backward if on and back else ahead))
    said = _("At work: {parts}").format(parts=", ".join(names[part] for part in lit)) if lit else _("The game")
    return (
        f'<div class="game" role="img" aria-label="{escape(said)}" style="--lit:{color};--on:{palette.neutral}">'
        f"{''.join(cells)}</div>"
    )


def _names() -> dict[str, str]:
    return {"z": "z", "G": "G", "generated": "G(z)", "real": "x", "D": "D", "score": _("score"), "loss": _("loss")}


def _signed(part: str, name: str, palette: Palette) -> str:
    """A name, after the sign of its kind where it has one."""
    sign = {"generated": ("▲", palette.generated), "real": ("●", palette.real)}.get(part)
    return f'<b style="color:{sign[1]}">{sign[0]}</b> {name}' if sign else name


def _cell(tag: str, lit: bool, place: tuple[int, int], text: str) -> str:
    column, row = place
    style = f"grid-column:{column};grid-row:{row or '1 / 3'}"
    return f'<{tag} class="{"lit" if lit else ""}" style="{style}">{text}</{tag}>'
