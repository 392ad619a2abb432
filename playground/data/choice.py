"""Which samples of a dataset a run learns from: some classes only, fewer samples, one class several times."""

from __future__ import annotations

from dataclasses import dataclass, replace

from playground.data.dataset import Samples
from playground.utils.errors import UserError
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

MAX_TIMES = 20


@dataclass(frozen=True)
class Choice:
    """`classes` like "3,8" ("": all), `size` at most so many samples (0: all), `repeat` like "8x5": class 8 five times.

    Where `paired`, they come with others: the `partner_classes` of the dataset `partner` ("": of the same one).

    Classes are counted from 0 in the dataset as it is, whatever is chosen of it.
    """

    classes: str = ""
    size: int = 0
    repeat: str = ""
    paired: bool = False
    partner: str = ""
    partner_classes: str = ""

    @property
    def alone(self) -> Choice:
        """The same without others."""
        return Choice(self.classes, self.size, self.repeat)

    @property
    def of_partner(self) -> Choice:
        """Which samples of the second dataset are used."""
        return Choice(self.partner_classes, self.size)

    @property
    def all(self) -> bool:
        """Whether nothing is left out and nothing repeated."""
        return not (self.classes.strip() or self.size or self.repeat.strip())


def classes_in(text: str) -> tuple[int, ...]:
    """The classes in a list like "3,8", in ascending order. Raises ValueError with a sentence."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if any(not part.isdecimal() or len(part) > 3 for part in parts):
        raise ValueError(_("classes is a list of class numbers like 3,8, not “{text}”.").format(text=text[:40]))
    return tuple(sorted({int(part) for part in parts}))


def repeats_in(text: str) -> dict[int, int]:
    """How often each class counts, of a list like "8x5,3x2". Raises ValueError with a sentence."""
    out = {}
    for part in [part.strip() for part in text.split(",") if part.strip()]:
        k, _x, times = (word.strip() for word in part.partition("x"))
        valid = k.isdecimal() and len(k) <= 3 and times.isdecimal() and len(times) <= 3
        if not valid or not 1 <= int(times) <= MAX_TIMES:
            raise ValueError(
                _("repeat is a list like 8x5, each class at most {most} times, not “{text}”.").format(
                    most=MAX_TIMES, text=text[:40]
                )
            )
        out[int(k)] = int(times)
    return out


def choose(samples: Samples, choice: Choice) -> Samples:
    """The chosen samples; classes are counted anew. The same ones in every call. Raises UserError."""
    if choice.all:
        return samples
    try:
        wanted, repeats = classes_in(choice.classes), repeats_in(choice.repeat)
    except ValueError as error:
        raise UserError(str(error)) from None
    named = [*wanted, *repeats]
    if named and samples.y is None:
        raise UserError(_("This data has no labels, so no class can be chosen or repeated."))
    if named and max(named) >= samples.classes:
        raise UserError(
            _("There is no class {k} here: classes go from 0 to {last}.").format(k=max(named), last=samples.classes - 1)
        )
    if wanted:
        samples, repeats = _only(samples, wanted), {wanted.index(k): n for k, n in repeats.items() if k in wanted}
    if 0 < choice.size < len(samples.x):
        samples = _cut(samples, choice.size)
    return _repeated(samples, repeats) if repeats else samples


def _only(samples: Samples, wanted: tuple[int, ...]) -> Samples:
    """The samples of these classes, which become 0, 1, ..."""
    assert samples.y is not None
    new = torch.full((samples.classes,), -1)
    new[list(wanted)] = torch.arange(len(wanted))
    y = new[samples.y]
    keep = (y >= 0).nonzero()[:, 0]
    if not len(keep):
        raise UserError(_("No sample has these classes. Choose others."))
    modes = len(samples.centres) == samples.classes
    return replace(
        samples,
        x=samples.x[keep],
        y=y[keep],
        classes=len(wanted),
        names=tuple(samples.names[k] if samples.names else str(k) for k in wanted),
        centres=tuple(samples.centres[k] for k in wanted) if modes else samples.centres,
    )


def left_out(samples: Samples, choice: Choice) -> Samples:
    """The samples of the chosen classes that `size` leaves out, in random order; may be none. Raises UserError."""
    every = choose(samples, replace(choice, size=0, repeat=""))
    out = _order(every)[choice.size or len(every.x) :]
    return replace(every, x=every.x[out], y=None if every.y is None else every.y[out])


def _cut(samples: Samples, size: int) -> Samples:
    """`size` of the samples, drawn at random but always the same, from each class its share."""
    keep = _order(samples)[:size].sort().values
    return replace(samples, x=samples.x[keep], y=None if samples.y is None else samples.y[keep])


def _order(samples: Samples) -> torch.Tensor:
    """The places of all samples (n,), shuffled so that any first ones have of each class its share."""
    order = torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(0))
    if samples.y is not None:
        y = samples.y[order]
        place = torch.empty(len(y))  # of a sample in its class, from 0 to 1
        for k in range(samples.classes):
            found = (y == k).nonzero()[:, 0]
            place[found] = (torch.arange(len(found)) + 0.5) / max(1, len(found))
        order = order[place.argsort(stable=True)]
    return order


def _repeated(samples: Samples, repeats: dict[int, int]) -> Samples:
    """The samples with those of some classes several times."""
    assert samples.y is not None
    times = torch.ones(samples.classes, dtype=torch.int64)
    times[list(repeats)] = torch.tensor(list(repeats.values()))
    return replace(samples, index=torch.arange(len(samples.x)).repeat_interleave(times[samples.y]))
