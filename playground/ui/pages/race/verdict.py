"""Who is ahead in a race, in words, and by what."""

from __future__ import annotations

from collections.abc import Sequence

from playground.engine.leaderboard import LOOKS, MARGIN, MODES
from playground.engine.messages import RaceView
from playground.ui.pages.race.overlay import measured_by
from playground.utils.translation import _


def sentence(ahead: Sequence[int], names: Sequence[str], explain: str) -> str:
    """Which lanes are ahead of which. `names` are those of all lanes, `explain` the word that means "ahead"."""
    behind = [name for lane, name in enumerate(names) if lane not in ahead]
    leading = [names[lane] for lane in ahead]
    if not leading or not behind:
        return _("Nobody is clearly {ahead}.").format(ahead=explain)
    if len(leading) == 1:
        return _("{lane} is {ahead}").format(lane=leading[0], ahead=explain)
    return _("{lanes} are {ahead} of {others}.").format(lanes=listed(leading), ahead=explain, others=listed(behind))


def listed(names: Sequence[str]) -> str:
    """The names as a list in a sentence."""
    if len(names) == 1:
        return names[0]
    return _("{some} and {last}").format(some=", ".join(names[:-1]), last=names[-1])


def why(race_view: RaceView, letters: str) -> str:
    """What is compared, how good each lane is by it, and what lead counts."""
    quality = race_view.history["quality"][-1]
    now = ", ".join(f"{letter} {value:.3g}" for letter, value in zip(letters, quality, strict=False))
    if race_view.metric == "modes":
        rule = _("Ahead is who leads by {margin}; at about the same quality, who finds {modes} % more of the modes.")
        rule = rule.format(margin=f"{MARGIN:g}", modes=f"{100 * MODES:.0f}")
    elif race_view.metric == "ssim":
        rule = _("Ahead is who leads by {margin}.").format(margin=f"{MARGIN:g}")
    else:
        rule = _("Ahead is who is nearer by {margin} %.").format(margin=f"{100 * MARGIN:.0f}")
    return " ".join(
        [
            _("{measure}. Now: {values}.").format(measure=measured_by(race_view.metric), values=now),
            rule,
            _("It counts after {n} looks in a row.").format(n=LOOKS),
        ]
    )
