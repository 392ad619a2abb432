"""What of a step a page shows in slow motion: a table beside the code, which knows nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Watch:
    """A phase: what the statement of the method `function` that begins with `statement` has made.

    `show` names values, with a blank between two: "d" is the local variable d, "weight=live.r1" calls the value of
    live.r1 weight, "{kind}=x" calls x by what the variable kind says, "loss=caller.loss" is a variable of the caller,
    "loss=result" what a `return` gives. "gradient" and "change" stand for the norms of the gradients and of the last
    change of the networks named, "rate" for their learning rate. What is not there, or None, is left out.
    So many `statements`, this one and those before it, are shown as code. Where one statement makes several phases,
    `said_by` names the variable that has the key of this one. `of` names the variable that has the name of the network
    that is asked, where there are several.
    """

    key: str
    function: str
    statement: str
    show: str
    statements: int = 1
    said_by: str = ""
    of: str = ""


@dataclass(frozen=True)
class Phases:
    """All phases of a game, in any order, and what begins the turn of which network.

    `turns` has methods: "{name}" stands for the network that their variable `name` names. `rounds` has beginnings of
    `for` and `if` statements in `play`; each time that goes into such a block is a turn.
    """

    turns: Mapping[str, str] = field(default_factory=dict)
    watched: tuple[Watch, ...] = ()
    rounds: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: Phases) -> Phases:
        return Phases({**self.turns, **other.turns}, self.watched + other.watched, {**self.rounds, **other.rounds})


COMMON = Phases(
    watched=(
        Watch("draw_x", "batch", "x, y = self.normalise", "x y", 2),
        Watch("draw_z", "generate", "z = ", "z"),
        Watch("generate", "generate", "x: torch.Tensor = self.nets", "z y x"),
        Watch(
            "backward", "update", "torch.autograd.backward(",
            "loss=caller.loss penalty=caller.penalty gradient=names",
        ),
        Watch("clip_gradients", "update", "clip_gradients_(", "limit=self.config.grad_clip gradient=name"),
        Watch("update", "update", "self.optimizers[name].step()", "rate=name change=name"),
        Watch("average", "average", "torch._foreach_lerp_(", "weight=self._ema_weight half_life"),
    )
)  # fmt: skip
