"""What the networks of a translation are, and what stands around them in the picture of the game."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from playground.config.games import TRANSLATIONS
from playground.data.tasks import TASKS
from playground.ui.pages.train import network_words as words
from playground.utils.network_record import Network
from playground.utils.translation import _

_MAKERS = {"D_A": ["G_BA"], "D_B": ["G_AB"], "D": ["G"]}


def judged(net: Network, config: Mapping[str, Any]) -> list[str]:
    """Whose samples a D judges."""
    return _MAKERS.get(net.name, [])


def role(net: Network, config: Mapping[str, Any]) -> str:
    """What a network of a translation is called; "" in another game."""
    if config["game"] not in TRANSLATIONS:
        return ""
    return _("translator") if net.side == "g" else _("discriminator")


def network(net: Network, config: Mapping[str, Any]) -> str:
    """What a network of a translation does; "" in another game."""
    if config["game"] not in TRANSLATIONS:
        return ""
    if net.side == "d":
        told = _("D scores input and output together: whether they are a real pair.")
        if config["game"] == "cycle":
            told = _("{net} scores how real a sample of {domain} looks. It sees no input.")
            told = told.format(net=net.name, domain=net.name[-1])
        return f"{told} {_patches(net)}".strip()
    told = _("G turns an input into an output. It is given no random numbers.")
    if config["game"] == "cycle":
        told = _("{net} turns samples of {a} into samples of {b}.").format(net=net.name, a=net.name[-2], b=net.name[-1])
    if any(layer.joined for layer in net.layers):
        told += " " + _("Skips carry what it saw past the narrow middle.")
    return told


def _patches(net: Network) -> str:
    outputs = net.layers[-1].outputs if net.layers else ()
    if prod(outputs) <= 1:
        return ""
    return _("It gives {sizes} scores, one for each patch.").format(sizes=words.shape(outputs[1:]))


def parts(found: Sequence[Network], config: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What stands around the networks of a translation; {} in another game."""
    if config["game"] not in TRANSLATIONS:
        return {}
    cycle, task = config["game"] == "cycle", TASKS[config["task"]]
    G = next(net for net in found if net.side == "g")
    D = next(net for net in found if net.side == "d")
    made = words.shape(G.layers[-1].outputs)
    hidden = " " + _("The last channel says what is hidden.") if task.masked else ""
    if cycle:
        texts = {
            "z": (_("a, b"), words.shape(G.inputs), _("Samples of A and of B. They are no pairs.")),
            "cycle": (
                _("cycle"), _("A → B → A"),
                _("What G_AB made goes through G_BA, and the other way round: it should be the input again."),
            ),
            "real": (_("real a, b"), made, _("Samples from the data: D_A sees those of A, D_B those of B.")),
            "generated": (
                _("translations"), made, _("G_AB(a), which D_B has to tell from b, and G_BA(b), which D_A has to."),
            ),
        }  # fmt: skip
    else:
        texts = {
            "z": (_("input a"), words.shape(G.inputs), f"{_(task.why)}{hidden}"),
            "real": (_("real pairs a, b"), made, _("Inputs with their truth b, from the data.")),
            "generated": (_("pairs a, G(a)"), made, _("The same inputs with what G made of them.")),
        }
    score = _("What D says of each sample: the higher, the more real it looks to D.")
    texts["score"] = (_("score"), "", f"{score} {_patches(D)}".strip())
    for net in found:
        label = f"L({net.name})" if cycle else _("loss of {net}").format(net=net.name)  # there is no room for four
        texts[f"loss {net.name}"] = (label, "", _loss(net, cycle))
    return {key: {"label": label, "note": note, "help": about} for key, (label, note, about) in texts.items()}


def _loss(net: Network, cycle: bool) -> str:
    if net.side == "d":
        return _(
            "How wrong it was. Its gradient goes back through {net} and changes the weights of {net} only."
        ).format(net=net.name)
    if cycle:
        return _("How far {net} is from fooling the D that judges it. The cycle error is added to it.").format(
            net=net.name
        )
    return _("How far G is from fooling D. The reconstruction, the distance to the truth, is added to it.")
