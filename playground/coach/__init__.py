"""The coach says what happens in a run, which numbers show it, why, and what to try. It never changes a knob itself."""

from __future__ import annotations

from collections.abc import Sequence

from playground.coach import cures, detectors, translations
from playground.coach.diagnosis import EVERY, Condition, Diagnosis, Evidence, Window
from playground.coach.signs import SETTLED
from playground.config.run_config import RunConfig
from playground.utils.readings import Reading
from playground.utils.translation import _

__all__ = ["CONDITIONS", "EARLY", "UNKNOWN", "Condition", "Diagnosis", "diagnose"]

HOLD = 3  # readings in a row that must agree before the diagnosis changes
MOST, LONG = 2, 10  # MOST of them suffice if there was no diagnosis for LONG readings
EARLY, UNKNOWN = "early", "unknown"
CONVERGED, STOPPED = "converged", "stopped"
WELL = (CONVERGED, "learning")


# They are checked in this order: first what breaks a run, last what explains the least.
_ORDER = (
    Condition(
        "divergence", _("Divergence"), detectors.diverged,
        _("The updates are larger than the slopes that they follow, and each makes the next one larger."),
        _("Go back to before it: what has blown up seldom learns again. Then lower rates and momentum, and bound D's "
          "slope with a penalty."),
        cures.divergence, back=True, of=EVERY,
    ),
    Condition(
        EARLY, _("Too early to say"), detectors.early,
        _("A few hundred steps show little, and a change needs time to act."),
        _("Let it train."),
        alarm=False, of=EVERY,
    ),
    Condition(
        "memorisation", _("Memorisation"), detectors.memorised,
        _("With few samples D knows each one, and G can only please it with copies."),
        _("Use more data, or let D see changed samples."),
        cures.overfitting,
    ),
    Condition(
        "overfitting", _("D overfits its data"), detectors.overfitted,
        _("D knows its few samples by heart. What it tells G is about them and not about the data."),
        _("Use more data, a smaller D, or augmentation."),
        cures.overfitting,
    ),
    Condition(
        "clipping", _("Clipping saturates D"), detectors.clipped,
        _("With nearly all weights at the limit D can only be a very simple function, and G learns little from it."),
        _("Replace clipping by a gradient penalty."),
        cures.unclip, of=EVERY,
    ),
    Condition(
        "vanishing", _("Vanishing gradient of G"), detectors.vanished,
        _("D is so sure that its verdict is flat where the samples are: there is no way up for G."),
        _("Go back to before it: such a D unlearns its certainty slowly. Then use the non-saturating loss, R1 for a "
          "gentle D, and Adam for G where it has plain SGD."),
        cures.vanishing, back=True,
    ),
    Condition(
        "inflation", _("Scores inflate"), detectors.inflated,
        _("Nothing bounds D, so it grows its scores instead of learning; losses move and samples do not."),
        _("Bound D with a penalty on its slope."),
        cures.bounded,
    ),
    Condition(
        "hopping", _("Mode hopping"), detectors.hopping,
        _("G runs to where D is weakest; D follows too late, and G runs on. No mode is kept."),
        _("Let D learn as fast as G, without momentum, and switch R1 on. Where all that is so, let G look ahead."),
        cures.hopping,
    ),
    Condition(
        "collapse", _("Mode collapse"), detectors.collapsed,
        _("G makes one kind of sample for every z. D is too steep there to show G the way to the others."),
        _("Go back to before it: a G that has forgotten the other modes seldom finds them again. Then switch R1 on, "
          "since a gentle D pulls G to all modes, and let D learn as fast as G, without momentum."),
        cures.collapse, back=True,
    ),
    Condition(
        "overpowering", _("D overpowers G"), detectors.overpowered,
        _("D is hardly ever wrong, and G cannot keep up: each of its small gains is unlearned at once."),
        _("Slow D down, speed G up, or keep D gentle with R1."),
        cures.overpowering,
    ),
    Condition(
        "weak", _("D is too weak"), detectors.weak,
        _("A D that cannot tell has nothing to teach. Losses at their equilibrium do not mean that G is done."),
        _("Let D learn faster, make it wider, or penalise it less."),
        cures.weak,
    ),
    Condition(
        "oscillation", _("Oscillation"), detectors.oscillating,
        _("G and D chase each other in circles instead of meeting."),
        _("Lower the rates and the momentum, and dampen D with R1."),
        cures.calm,
    ),
    Condition(
        "identity", _("G copies its input"), translations.copied,
        _("What comes back is right, and D has too little to say: then nothing need change."),
        _("Let D count for more, and the way back or what is to stay for less."),
        cures.translates, of=("translations",),
    ),
    Condition(
        "hidden-code", _("A hidden code"), translations.hidden,
        _("Something in the outputs tells the second G what the input was, but they do not show it. "
          "The cycle makes the map invertible, not right."),
        _("Let what is in the target domain already stay as it is, and the way back count for less."),
        cures.readable, of=("translations",),
    ),
    Condition(
        "invention", _("The adversary rules"), translations.invented,
        _("D asks only that outputs look real. Nothing says that they must show what the input shows."),
        _("Let the comparison with the truth count for more."),
        cures.faithful, of=("translations",),
    ),
    Condition(
        "blur", _("The reconstruction rules"), translations.blurred,
        _("Where G does not know, the mean of all that is possible costs the least, and a mean is blurred."),
        _("Let the adversary count for more, which no mean can fool."),
        cures.sharper, of=("translations",),
    ),
    Condition(
        "patches", _("D is too strong for G"), translations.patched,
        _("D tells every part of an output from a real one, and G cannot keep up."),
        _("Slow D down, speed G up, or keep D gentle with R1."),
        cures.gentler, of=("translations",),
    ),
    Condition(
        CONVERGED, _("Converged"), detectors.converged,
        _("The samples cannot be told from the data by these measures, and stay so."),
        _("Let the learning rates fall to 0 for the last bit, or try something harder."),
        alarm=False, of=EVERY,
    ),
    Condition(
        STOPPED, _("Learning has stopped"), detectors.stopped,
        _("The learning rates were set to end here. The samples can still be told from the data."),
        _("Let the rates end later, or never."),
        cures.go_on,
        alarm=False, of=EVERY,
    ),
    Condition(
        "learning", _("Learning normally"), detectors.learning,
        _("Neither wins: D finds what is still wrong, and G mends it."),
        _("Let it train."),
        alarm=False, of=EVERY,
    ),
    Condition(
        UNKNOWN, _("I do not know"), detectors.unknown,
        _("Nothing that I know fits these numbers."),
        _("Look at the samples and the curves, and change one knob at a time."),
        alarm=False, of=EVERY,
    ),
)  # fmt: skip
CONDITIONS: dict[str, Condition] = {condition.key: condition for condition in _ORDER}


def diagnose(
    readings: Sequence[Reading], config: RunConfig, previous: Diagnosis | None, failed: int | None = None
) -> Diagnosis:
    """The diagnosis after `readings`, those since the last change of a knob, oldest first.

    `failed` is the step of a failure since then. A diagnosis stays until HOLD readings in a row agree on another one.
    """
    if failed is not None:
        return _kept("divergence", CONDITIONS["divergence"].see(Window(readings, config, failed)), failed, previous)
    if not readings:
        return _kept(EARLY, (), 0, previous)
    key, evidence = name(readings, config)
    since = readings[-min(HOLD, len(readings))].step
    if previous is None or key in (previous.key, EARLY):
        return _kept(key, evidence, readings[-1].step, previous)
    agree = 1 + sum(name(readings[: len(readings) - back], config)[0] == key for back in range(1, HOLD))
    if agree < (MOST if previous.key in (EARLY, UNKNOWN) and len(readings) >= LONG else HOLD):
        return previous
    return _said(key, evidence, since, previous)


def announced(key: str) -> str:
    """The text of the event when a new diagnosis starts."""
    return _("Coach: {label}").format(label=_(CONDITIONS[key].label))


def recalled(events: Sequence[tuple[int, str]]) -> Diagnosis | None:
    """The diagnosis as far as the steps and texts of earlier events tell; None if there are no such events."""
    word: Diagnosis | None = None
    keys = {announced(key): key for key in CONDITIONS}
    for step, text in events:
        if (key := keys.get(text)) is not None:
            word = _said(key, (), step, word)
    return None if word is None else _said(EARLY, (), word.since, word)


def _kept(key: str, evidence: Evidence | None, step: int, previous: Diagnosis | None) -> Diagnosis:
    """The previous diagnosis with new evidence, or another one that starts at `step`."""
    same = previous is not None and previous.key == key
    return _said(key, evidence or (), previous.since if previous is not None and same else step, previous)


def _said(key: str, evidence: Evidence, since: int, previous: Diagnosis | None) -> Diagnosis:
    """A diagnosis that remembers from the previous one whether the run was well and since when it is broken."""
    well, broke = (False, None) if previous is None else (previous.well or previous.key in WELL, previous.broke)
    if key in WELL:
        broke = None
    elif CONDITIONS[key].back:
        broke = since if broke is None else min(broke, since)
    return Diagnosis(key, evidence, since, well, broke)


def name(readings: Sequence[Reading], config: RunConfig) -> tuple[str, Evidence]:
    """The condition that fits the latest of these readings, and its evidence, whatever the previous diagnosis was."""
    window = Window(readings, config)
    found = ((condition, condition.see(window)) for condition in _ORDER if condition.suits(config))
    return next(
        (condition.key, evidence)
        for condition, evidence in found
        if evidence is not None and not (condition.key == CONVERGED and _alarmed(readings, config))
    )


def _alarmed(readings: Sequence[Reading], config: RunConfig) -> bool:
    """Whether something was wrong at one of the latest readings."""
    windows = [Window(readings[: len(readings) - back], config) for back in range(1, min(SETTLED, len(readings)))]
    alarms = [condition for condition in _ORDER if condition.alarm and condition.suits(config)]
    return any(condition.see(window) is not None for window in windows for condition in alarms)
