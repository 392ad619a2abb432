"""What a knob is: a name, a range or a choice, and how a value that a person wrote is mended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, get_args

from playground.utils.errors import UserError
from playground.utils.translation import _

Group = Literal["Objective", "Optimisers", "Regularizers", "Translation", "What D sees", "Networks", "Data", "Run"]
FEW, EXAMPLES = 8, 3  # choices that a sentence has room for, and how many of more are named
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True)
class Knob:
    """One hyperparameter. `choices` maps values to labels; `log` asks for a logarithmic scale.

    `words` are further ones that a person may search it by.
    """

    name: str
    type: type[int] | type[float] | type[bool] | type[str]
    default: Any
    group: Group
    live: bool
    label: str
    help: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: Mapping[str, str] | None = None
    words: str = ""

    def parse(self, text: str) -> Any:
        """The value that `text` spells. Raises ValueError with a sentence."""
        text = text.strip()
        if self.type is bool:
            if text.lower() in ("true", "1", "yes", "on"):
                return True
            if text.lower() in ("false", "0", "no", "off"):
                return False
            raise ValueError(_("{knob} is on or off, not “{value}”.").format(knob=self.name, value=text[:40]))
        try:
            return self.type(text)
        except ValueError:
            kind = _("a whole number") if self.type is int else _("a number")
            raise ValueError(
                _("{knob} must be {kind}, not “{value}”.").format(knob=self.name, kind=kind, value=text[:40])
            ) from None

    def written(self, value: Any) -> str:
        """A valid value as a person writes it."""
        if self.choices is not None:
            return _(self.choices[value])
        if self.type is bool:
            return _("on") if value else _("off")
        if self.type is str:
            return value or _("empty")
        if self.type is int or value >= 10_000:
            return f"{value:,.0f}".replace(",", "\u202f")
        return f"{value:.4g}" if value >= 1e-4 or value == 0 else f"{value:.0e}".replace("e-0", "e-")

    def _refusal(self, value: str) -> str:
        """That a value is no choice, and what one can choose: of many choices those that are spelled most like it."""
        choices = list(self.choices or ())
        count = len(choices)
        if count <= FEW:
            words = _("{knob} cannot be “{value}”. Choose one of: {options}.")
        else:
            like = get_close_matches(value, choices, 3)
            choices = like or choices[:EXAMPLES]
            words = (
                _("{knob} cannot be “{value}”. Did you mean {options}?")
                if like
                else _("{knob} cannot be “{value}”. There are {n} choices, like {options}.")
            )
        return words.format(knob=self.name, value=value, options=", ".join(choices), n=count)

    def mend(self, value: Any, otherwise: Any = None) -> tuple[Any, str]:
        """A valid value close to `value`, and a sentence if it had to be changed, else "".

        Where nothing is close, it is `otherwise`, or the default.
        """
        kind: Any = self.type
        otherwise = self.default if otherwise is None else otherwise
        if isinstance(value, str) and kind is not str:
            try:
                value = self.parse(value)
            except ValueError as error:
                return otherwise, str(error)
        if self.low is not None and self.high is not None and isinstance(value, int | float) and value == value:
            clamped = min(max(value, self.low), self.high)
            if clamped != value and not isinstance(value, bool):
                return kind(clamped), _("{knob} = {value} is outside {low} to {high}.").format(
                    knob=self.name, value=spell(value), low=spell(self.low), high=spell(self.high)
                )
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if kind is int and isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not kind or value != value:
            shown = str(value)[:40] if isinstance(value, float | str) else type(value).__name__
            return otherwise, _("{knob} cannot be {value}.").format(knob=self.name, value=shown)
        if self.choices is not None and value not in self.choices:
            return otherwise, self._refusal(value[:40])
        if kind is str and len(value) > 1000:
            return otherwise, _("{knob} is too long.").format(knob=self.name)
        if kind is str and not value.isprintable():
            return otherwise, _("{knob} has characters that cannot be shown.").format(knob=self.name)
        return value, ""


def assignments(texts: Iterable[str]) -> dict[str, str]:
    """Knobs and their values, still to be mended, of texts like "knob=value". Raises UserError."""
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(_("--set takes KNOB=VALUE, not “{text}”.").format(text=text[:40]))
        values[name.strip()] = value
    return values


def spell(value: Any) -> str:
    """A knob's value in a sentence."""
    if isinstance(value, int) and abs(value) > 10**20:
        value = min(max(value, -(10**300)), 10**300) / 1  # it may be too long for a float, or to be printed
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return _("empty") if value == "" else f"{value:.10g}" if isinstance(value, float) else str(value)
