"""Words of the coach that the dense checks of the same time deny."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from playground.benchmarks.scenarios import LATE, Check

REAL = 0.95  # the share of good samples from which they are about as good as real ones, of which it is 0.99


def _apart(c: Sequence[Check]) -> bool:
    """A mode is missing, or less than 95 % of the samples are good, where the data has modes (99 % of real ones are);
    or D still ranks 60 % of the pairs right; or the samples are at most 0.7 times as far from the nearest training
    sample as others are."""
    last = c[-1]
    poor = last.modes > 0 and (last.covered < last.modes or last.high_quality < REAL)
    return poor or sum(x.auc for x in c) / len(c) > 0.6 or last.near < 0.7


def _stuck(c: Sequence[Check]) -> bool:
    """The data has modes, less than half of them are covered, and in 300 steps there are no more of them, no more good
    samples, and the samples came no nearer."""
    first, last = c[0], c[-1]
    poor = last.modes > 0 and last.covered < last.modes / 2
    better = last.covered > first.covered or last.high_quality > first.high_quality or last.distance < first.distance
    return poor and not better


DENIED: dict[str, Callable[[Sequence[Check]], bool]] = {"converged": _apart, "learning": _stuck}


def denied(said: Sequence[tuple[int, str]], checks: Sequence[Check]) -> dict[str, tuple[int, int]]:
    """For each word in DENIED after how many readings it stood, and how many of these the latest checks deny."""
    found = dict.fromkeys(DENIED, (0, 0))
    for step, word in said:
        latest = [check for check in checks if check.step <= step][-LATE:]
        if word in DENIED and latest:
            stood, wrong = found[word]
            found[word] = stood + 1, wrong + DENIED[word](latest)
    return found
