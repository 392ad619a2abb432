"""What each phase of a recorded step is, in words: one table, keyed by network and phase."""

from __future__ import annotations

from playground.ui.pages.train import translation_captions
from playground.ui.pages.train.translation_captions import Caption
from playground.utils.step_record import Phase, Record
from playground.utils.translation import _, number

# "D loss" is a phase of D's update, "noise" one of either.
CAPTIONS: dict[str, Caption] = {
    "D draw_x": Caption(
        _("Draw real samples"),
        _("A batch of {n} samples is picked from the data at random. Every update sees another one."),
    ),
    "G draw_x": Caption(
        _("Draw real samples"),
        _("G's loss needs a batch of real samples too: to compare, or to see how D will learn from them."),
    ),
    "draw_z": Caption(
        _("Draw z"), _("{n} vectors of {size} random numbers. They mean nothing: G must make a sample of each.")
    ),
    "D generate": Caption(
        _("G makes a batch, G(z)"),
        _("G turns each z into a sample. It is D's turn: for D these are plain inputs, and G will not change."),
    ),
    "G generate": Caption(
        _("G makes a batch, G(z)"),
        _("G turns each z into a sample. It is G's turn: how it did so is kept for the way back."),
    ),
    "augment": Caption(
        _("Augment the {kind} samples"),
        _("D never sees the samples as they are: each change happens with probability {p:.2f}, to both kinds alike."),
    ),
    "noise": Caption(
        _("Add noise to the {kind} samples"),
        _("Noise of standard deviation {std:.2g} blurs what D sees, so that the two kinds overlap."),
    ),
    "pack": Caption(
        _("Pack the {kind} samples"),
        _("D sees {samples:.0f} samples at once, so it notices if G makes the same one again and again."),
    ),
    "D judge_real": Caption(
        _("D judges the real batch"), _("One number for each sample. D wants them high here: high says real.")
    ),
    "D judge_fake": Caption(
        _("D judges the generated batch"), _("The same for what G made. D wants them low here: low says generated.")
    ),
    "G judge_fake": Caption(
        _("D judges what G made"), _("Now G wants these numbers high. D is only asked: its weights stay as they are.")
    ),
    "G judge_real": Caption(
        _("D judges real samples too"),
        _("This objective compares the two kinds: G's loss needs D's numbers for real samples as well."),
    ),
    "look_ahead": Caption(
        _("Look ahead"),
        _("How will D answer after learning {updates:.0f} more times? G finds out on a copy; D stays as it is."),
    ),
    "judge_ahead": Caption(
        _("D of the future judges"), _("These numbers come from D as it would be then. G's loss uses them.")
    ),
    "D loss": Caption(
        _("The loss of D"),
        _("All of D's numbers become one: how wrong D was. The lower, the better D tells them apart."),
    ),
    "G loss": Caption(
        _("The loss of G"),
        _("All of D's numbers become one: how far G is from fooling D. The lower, the better for G."),
    ),
    "classify": Caption(
        _("The loss of the classifier"), _("D also guesses the class of each sample. Wrong guesses add to the loss.")
    ),
    "recover": Caption(
        _("What Q reads of the codes"),
        _(
            "Q guesses, from D's features, with which codes each sample was made. What it misses adds to the losses of "
            "G and of D, times {weight:.2g}."
        ),
    ),
    "smooth": Caption(
        _("Smooth the labels"),
        _("D should never be quite sure: {amount:.2g} times the mean of D(x) is added to its loss."),
    ),
    "r1": Caption(
        _("R1 on real samples"),
        _("The slope of D at each real sample. Steep slopes add a penalty to the loss, so D stays gentle."),
    ),
    "r2": Caption(
        _("R2 on generated samples"),
        _("The slope of D at each generated sample. Steep slopes add a penalty to the loss, so D stays gentle."),
    ),
    "gp": Caption(
        _("Gradient penalty"),
        _("Between real and generated samples D's slope should be 1. Anything else is a penalty."),
    ),
    "dragan": Caption(_("DRAGAN"), _("Close to real samples D's slope should be 1. Anything else is a penalty.")),
    "D backward": Caption(
        _("Backward through D"),
        _("For each weight of D: how does the loss change with it? That is the gradient. G gets none now."),
    ),
    "G backward": Caption(
        _("Backward through D into G"),
        _("The loss is traced back through D into G. D's gradient shows G the way; only G's weights will use it."),
    ),
    "clip_gradients": Caption(
        _("Clip the gradient"), _("A gradient longer than {limit:g} is cut to this length. Its direction stays.")
    ),
    "D update": Caption(
        _("Update D"), _("The optimiser moves each weight of D a little, to make the loss of D smaller.")
    ),
    "G update": Caption(
        _("Update G"), _("The optimiser moves each weight of G a little, to make the loss of G smaller.")
    ),
    "clip": Caption(
        _("Clip the weights of D"), _("No weight of D may be larger than {limit:g}. This limits how steep D can be.")
    ),
    "adapt": Caption(
        _("Adapt the augmentation"),
        _("The probability goes up where D is too sure of real samples, and down where it is not. It is {p:.4f} now."),
    ),
    "average": Caption(
        _("Average the weights of G"),
        _("The stage shows an average of G over many steps. It now moves {percent} % of the way to the new G."),
    ),
}

TENSORS: dict[str, str] = {
    "d": "d = D(x)",
    "f": "f = D(G(z))",
    "g_real": "∇D(x)",
    "g_fake": "∇D(G(z))",
    "y": _("y, the classes"),
    "guess": _("guess of the classes"),
    "code": _("c, the codes"),
    "found": _("what Q reads"),
}
NUMBERS: dict[str, str] = {
    "loss": _("loss"),
    "penalty": _("penalty"),
    "weight": _("weight"),
    "gradient": _("norm of the gradient"),
    "change": _("norm of the change"),
    "rate": _("learning rate"),
    **translation_captions.NUMBERS,
}


def caption(phase: Phase, record: Record) -> Caption:
    """The words for a phase, with its numbers, and with what is special about it in this step."""
    found = translation_captions.find(phase, record.config["game"])
    found = found or CAPTIONS.get(f"{phase.side} {phase.key}") or CAPTIONS[phase.key]
    first = phase.tensors[0] if phase.tensors else None
    values = (
        phase.numbers
        | translation_captions.named(phase, record.config)
        | {
            "n": number(first.shape[0]) if first else "",
            "size": first.shape[-1] if first else "",
            "kind": _("real") if first and first.name == "real" else _("generated"),
            "percent": f"{100 * phase.numbers.get('weight', 0):#.3g}".rstrip("."),
        }
    )
    text = " ".join([found.text.format(**values), *_asides(phase, record)])
    return Caption(found.title.format(**values), text)


def turn(phase: Phase, record: Record) -> str:
    """Whose turn it is, and which of several."""
    last = max(other.turn for other in record.phases if other.net == phase.net)
    if record.config["game"] == "cycle":
        name = {"D": _("Before both D learn"), "G": _("The turn of both G")}.get(phase.net)
        name = name or _("{net}'s turn").format(net=phase.net)
    else:
        name = _("D's turn") if phase.net == "D" else _("G's turn")
    return name if last == 1 else _("{turn}, update {k} of {n}").format(turn=name, k=phase.turn, n=last)


def tensor_name(name: str, record: Record) -> str:
    """What a tensor is called."""
    return translation_captions.tensor(name, record.config["game"]) or TENSORS.get(name, name)


def _asides(phase: Phase, record: Record) -> list[str]:
    """What is worth a sentence because of the other phases or the knobs."""
    mates = [other for other in record.phases if (other.net, other.turn) == (phase.net, phase.turn)]
    keys = {other.key for other in mates}
    found = []
    if phase.key == "loss" and "update" not in keys:
        found.append(_frozen(phase.side, record))
    elif phase.key == "draw_z" and (coded := record.config["info_categories"] + record.config["info_codes"]):
        found.append(_("The first {n} are the codes, which Q is to read off the sample.").format(n=coded))
    elif phase.net == "G" and phase is mates[0] and not keys & {"generate", "translate", "translate_both"}:
        found.append(_("G uses the batch again that D has just learned from."))
    if phase.side == "D" and phase.key == "backward":
        resting = [name.upper() for name in ("r1", "r2") if record.config[name] > 0 and name not in keys]
        if resting:
            sentence = _("{names} rests in this update: it acts in one of {n}.")
            found.append(sentence.format(names=", ".join(resting), n=record.config["penalty_every"]))
    return found


def _frozen(net: str, record: Record) -> str:
    """Why a network is not updated."""
    if net == "D":
        return _("Only G was asked: D stays as it is.") if record.part == "g" else _("D is frozen: it stays as it is.")
    if record.part == "d":
        return _("Only D was asked: G stays as it is.")
    if record.step < record.config["d_head_start"]:
        sentence = _("D has a head start until step {n}: G stays as it is.")
        return sentence.format(n=number(record.config["d_head_start"]))
    return _("G is frozen: it stays as it is.")
