"""What each phase of a recorded step of a translation is, in words; what is the same in every game stands beside it."""

from __future__ import annotations

from typing import Any, NamedTuple

from playground.data.tasks import TASKS
from playground.utils.step_record import Phase
from playground.utils.translation import _


class Caption(NamedTuple):
    """A title and a sentence or two. Both may name the phase's numbers, and what `named` gives."""

    title: str
    text: str


# By game, side and key, or by game and key.
CAPTIONS: dict[str, Caption] = {
    "paired draw_pair": Caption(
        _("Draw pairs"),
        _("{n} samples at random. Each is a pair: the input a, and the truth b that G should make of it. {task}"),
    ),
    "paired D translate": Caption(
        _("G translates, G(a)"),
        _("G turns each input into an output. It is D's turn: for D these are plain samples, and G will not change."),
    ),
    "paired G translate": Caption(
        _("G translates, G(a)"),
        _("G turns each input into an output. It is G's turn: how it did so is kept for the way back."),
    ),
    "paired D judge_real": Caption(
        _("D judges the real pairs"), _("D sees input and truth together and gives {scores}. It wants them high: real.")
    ),
    "paired D judge_fake": Caption(
        _("D judges the generated pairs"),
        _("The same inputs, each with what G made of it: {scores}. D wants them low: generated."),
    ),
    "paired G judge_fake": Caption(
        _("D judges what G made"), _("Now G wants these numbers high. D is only asked: its weights stay as they are.")
    ),
    "paired G judge_real": Caption(
        _("D judges the real pairs too"),
        _("This objective compares the two kinds: G's loss needs D's numbers for real pairs as well."),
    ),
    "paired reconstruction": Caption(
        _("Compare with the truth"),
        _("Pixel by pixel: how far is the output from its truth? The mean over all of them is the reconstruction."),
    ),
    "paired sum": Caption(
        _("All that G minimises"),
        _("w times what D says, plus λ times the reconstruction. At λ = 0 only D is heard, at w = 0 only the truth."),
    ),
    "cycle draw_two": Caption(
        _("Draw samples of A and of B"),
        _("{n} of each, at random. They are no pairs: nobody knows which of B belongs to which of A. {task}"),
    ),
    "cycle D translate_both": Caption(
        _("Both G translate"),
        _("G_AB turns those of A into B, G_BA those of B into A. For both D these are plain samples."),
    ),
    "cycle G translate_both": Caption(
        _("Both G translate"),
        _("G_AB turns those of A into B, G_BA those of B into A. How they did so is kept for the way back."),
    ),
    "cycle D judge_real": Caption(
        _("{of} judges real samples of {domain}"), _("{of} gives {scores}. It wants them high here: high says real.")
    ),
    "cycle D judge_fake": Caption(
        _("{of} judges what {maker} made"), _("The same for translations. {of} wants them low here.{pool}")
    ),
    "cycle G judge_fake": Caption(
        _("{of} judges what {maker} made"),
        _("Now {maker} wants these numbers high. {of} is only asked: its weights stay as they are."),
    ),
    "cycle G judge_real": Caption(
        _("{of} judges real samples of {domain} too"),
        _("This objective compares the two kinds: the loss of {maker} needs these numbers as well."),
    ),
    "cycle D loss": Caption(
        _("The loss of {of}"), _("All its numbers become one: how wrong {of} was in telling the two kinds apart.")
    ),
    "cycle G loss": Caption(
        _("The loss of {maker}"), _("All numbers of {of} become one: how far {maker} is from fooling it.")
    ),
    "cycle D backward": Caption(
        _("Backward through {net}"),
        _("For each weight of {net}: how does its loss change with it? No other network gets a gradient now."),
    ),
    "cycle D update": Caption(
        _("Update {net}"), _("The optimiser moves each weight of {net} a little, to make its loss smaller.")
    ),
    "cycle clip": Caption(
        _("Clip the weights of {net}"),
        _("No weight of {net} may be larger than {limit:g}. This limits how steep it can be."),
    ),
    "cycle back": Caption(
        _("And back again"),
        _("G_BA turns what G_AB made back into A, and G_AB what G_BA made back into B. It should be the input again."),
    ),
    "cycle cycle": Caption(
        _("The cycle error"),
        _("How far is what came back from what was sent? The mean size over all pixels, of both ways together."),
    ),
    "cycle sum": Caption(
        _("All that both G minimise"),
        _("w times both adversarial losses, and λ times the cycle error. At λ = 0 nothing holds the way back."),
    ),
    "cycle identity": Caption(
        _("The identity error"),
        _("What is in B already should stay under G_AB, and what is in A under G_BA: this keeps colours."),
    ),
    "cycle sum_identity": Caption(
        _("Add the identity"), _("Its weight times the identity error joins the loss of both G.")
    ),
    "cycle G backward": Caption(
        _("Backward into both G"),
        _("The loss is traced back through both D and through the way there and back, into G_AB and G_BA at once."),
    ),
    "cycle G update": Caption(
        _("Update G_AB and G_BA"), _("The optimiser moves the weights of G_AB, then of G_BA; this is one of them.")
    ),
    "cycle average": Caption(
        _("Average the weights of both G"),
        _("The stage shows an average of each G over many steps. It now moves {percent} % of the way to the new ones."),
    ),
}  # fmt: skip

_TENSORS: dict[str, dict[str, str]] = {
    "paired": {
        "a": _("a, the input"), "b": _("b, the truth"), "real": _("b, the truth"), "fake": "G(a)",
        "d": "d = D(a, b)", "f": "f = D(a, G(a))", "g_real": "∇D(a, b)", "g_fake": "∇D(a, G(a))",
    },
    "cycle": {
        "a": _("a, of A"), "b": _("b, of B"), "fake_b": "G_AB(a)", "fake_a": "G_BA(b)",
        "back_a": "G_BA(G_AB(a))", "back_b": "G_AB(G_BA(b))", "real": _("real samples"), "fake": _("translations"),
        "d": _("d, of real samples"), "f": _("f, of translations"),
    },
}  # fmt: skip
NUMBERS: dict[str, str] = {
    "w": "w",
    "lambda": "λ",
    "adversarial": _("adversary"),
    "reconstruction": _("reconstruction"),
    "g_ab": _("loss of G_AB"),
    "g_ba": _("loss of G_BA"),
    "cycle": _("cycle error"),
    "identity": _("identity error"),
}


def find(phase: Phase, game: str) -> Caption | None:
    """The words for a phase that are the game's own."""
    return CAPTIONS.get(f"{game} {phase.side} {phase.key}") or CAPTIONS.get(f"{game} {phase.key}")


def named(phase: Phase, config: dict[str, Any]) -> dict[str, str]:
    """What captions call networks, scores and task."""
    domain = phase.of[-1:]
    scores = next((tensor for tensor in phase.tensors if tensor.name in "df"), None)
    many = scores is not None and len(scores.shape) > 1 and scores.shape[1] > 1
    said = _("{n} numbers for each, one for each patch") if many else _("one number for each")
    pool = " " + _("Once {n} are kept, half of them are from earlier steps.").format(n=config["sample_pool"])
    return {
        "net": phase.net,
        "of": phase.of,
        "domain": domain,
        "maker": {"A": "G_BA", "B": "G_AB"}.get(domain, "G"),
        "scores": said.format(n=scores.shape[1]) if scores is not None and many else said,
        "pool": pool if config["sample_pool"] else "",
        "task": _(TASKS[config["task"]].why),
    }


def tensor(name: str, game: str) -> str:
    """What a tensor of a translation is called; "" where every game calls it so."""
    return _TENSORS.get(game, {}).get(name, "")
