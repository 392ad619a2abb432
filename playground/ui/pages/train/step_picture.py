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
# Of a cycle both ways stand below each other, and what comes back again after them.
_CYCLE_PLACES = {
    "a": (1, 1), "G_AB": (3, 1), "fake_b": (5, 1), "D_B": (7, 1), "b": (1, 2), "G_BA": (3, 2), "fake_a": (5, 2),
    "D_A": (7, 2), "score": (9, 0), "loss": (11, 0),
}  # fmt: skip
_CYCLE_ARROWS = {
    ("a", "G_AB"): ("→", "←", 2, 1), ("G_AB", "fake_b"): ("→", "←", 4, 1), ("fake_b", "D_B"): ("→", "←", 6, 1),
    ("b", "G_BA"): ("→", "←", 2, 2), ("G_BA", "fake_a"): ("→", "←", 4, 2), ("fake_a", "D_A"): ("→", "←", 6, 2),
    ("D_B", "score"): ("↘", "↖", 8, 1), ("D_A", "score"): ("↗", "↙", 8, 2), ("score", "loss"): ("→", "←", 10, 0),
}  # fmt: skip
_CYCLE_AT_WORK: dict[str, str] = {
    "draw_two": "a b",
    "translate_both": "a G_AB fake_b b G_BA fake_a",
    "D judge_real": "{real} {net} score",
    "D judge_fake": "{fake} {net} score",
    "G judge_real": "{real} {of} score",
    "G judge_fake": "{fake} {of} score",
    "back": "fake_b G_BA fake_a G_AB",
    "cycle": "a b loss",
    "identity": "b G_AB a G_BA loss",
    "r1": "{real} {net} loss",
    "r2": "{fake} {net} loss",
    "gp": "{net} loss",
    "dragan": "{net} loss",
    "D backward": "loss score {net}",
    "G backward": "loss score D_B fake_b G_AB D_A fake_a G_BA",
    "D update": "{net}",
    "clip": "{net}",
    "noise": "{noisy}",
}
_AT_WORK: dict[str, str] = {
    "draw_pair": "z real",
    "translate": "z G generated",
    "reconstruction": "generated real loss",
    "sum": "loss",
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


def at_work(phase: Phase, game: str = "gan") -> tuple[str, ...]:
    """The parts of the game that a phase uses, in the order in which they follow each other."""
    if game == "cycle":
        return _at_work_in_a_cycle(phase)
    if phase.key in ("augment", "noise", "pack"):
        return ("real" if phase.tensors and phase.tensors[0].name == "real" else "generated",)
    found = _AT_WORK.get(f"{phase.net} {phase.key}") or _AT_WORK.get(phase.key) or phase.net
    return tuple(found.split())


def _at_work_in_a_cycle(phase: Phase) -> tuple[str, ...]:
    at = (phase.of or phase.net)[-1:]
    places = {"net": phase.net, "of": phase.of, "real": {"A": "a", "B": "b"}.get(at, "")}
    places["fake"] = {"A": "fake_a", "B": "fake_b"}.get(at, "")
    kind = "real" if phase.tensors and phase.tensors[0].name == "real" else "fake"
    places["noisy"] = places[kind]
    fallback = "score loss" if phase.key in ("loss", "smooth") else "G_AB G_BA" if phase.side == "G" else phase.net
    found = _CYCLE_AT_WORK.get(f"{phase.side} {phase.key}") or _CYCLE_AT_WORK.get(phase.key) or fallback
    return tuple(found.format(**places).split())


def strip(phase: Phase | None, palette: Palette, game: str = "gan") -> str:
    """The picture as HTML; without a phase nothing is lit."""
    lit = at_work(phase, game) if phase else ()
    back = phase is not None and phase.key == "backward"
    color = palette.discriminator if phase and phase.side == "D" else palette.generated
    names = _names(game)
    places, arrows = (_CYCLE_PLACES, _CYCLE_ARROWS) if game == "cycle" else (_PLACES, _ARROWS)
    cells = [_cell("span", part in lit, place, _signed(part, names[part], palette)) for part, place in places.items()]
    for (start, end), (ahead, backward, column, row) in arrows.items():
        on = start in lit and end in lit
        cells.append(_cell("i", on, (column, row), backward if on and back else ahead))
    said = _("At work: {parts}").format(parts=", ".join(names[part] for part in lit)) if lit else _("The game")
    return (
        f'<div class="game" role="img" aria-label="{escape(said)}" style="--lit:{color};--on:{palette.neutral}">'
        f"{''.join(cells)}</div>"
    )


def _names(game: str) -> dict[str, str]:
    ends = {"score": _("score"), "loss": _("loss")}
    if game == "cycle":
        nets = {name: name for name in ("a", "b", "G_AB", "G_BA", "D_A", "D_B")}
        return {**nets, "fake_b": "G_AB(a)", "fake_a": "G_BA(b)", **ends}
    if game == "paired":
        return {"z": "a", "G": "G", "generated": "a, G(a)", "real": "a, b", "D": "D", **ends}
    return {"z": "z", "G": "G", "generated": "G(z)", "real": "x", "D": "D", **ends}


def _signed(part: str, name: str, palette: Palette) -> str:
    """A name, after the sign of its kind where it has one."""
    made, real = ("▲", palette.generated), ("●", palette.real)
    sign = {"generated": made, "fake_a": made, "fake_b": made, "real": real}.get(part)
    return f'<b style="color:{sign[1]}">{sign[0]}</b> {name}' if sign else name


def _cell(tag: str, lit: bool, place: tuple[int, int], text: str) -> str:
    column, row = place
    style = f"grid-column:{column};grid-row:{row or '1 / 3'}"
    return f'<{tag} class="{"lit" if lit else ""}" style="{style}">{text}</{tag}>'
