"""The phases of a step of the games of translation."""

from playground.training.games.gan_phases import PENALTY
from playground.training.phases import COMMON, Phases, Watch

_ROUNDS = {"for i in range(max(1, c.d_steps))": "D", "for i in range(g_steps)": "G", "if not g_steps": "G"}

_CRITIC = (
    Watch("noise", "noisy", "x = x + self.live.noise", "std=self.live.noise {kind}=x"),
    # D learns
    Watch("judge_real", "update_d", "d, f = D(", "a real d", of="name"),
    Watch("judge_fake", "update_d", "d, f = D(", "a fake f", of="name"),
    Watch("loss", "update_d", "loss = adversarial = ", "d f loss=adversarial", of="name"),
    Watch("smooth", "update_d", "loss = loss + live.label_smoothing", "amount=live.label_smoothing loss"),
    Watch("r1", "update_d", PENALTY, "g_real=judged.g_real weight every penalty", 2, "term.key"),
    Watch("r2", "update_d", PENALTY, "g_fake=judged.g_fake weight every penalty", 2, "term.key"),
    Watch("gp", "update_d", PENALTY, "weight penalty", 2, "term.key"),
    Watch("dragan", "update_d", PENALTY, "weight penalty", 2, "term.key"),
    Watch("clip", "update_d", "clip_(", "limit=c.clip change=name"),
    # D is frozen
    Watch("judge_real", "watch_d", "d, f = ", "a real d", of="name"),
    Watch("judge_fake", "watch_d", "d, f = ", "a fake f", of="name"),
    Watch("loss", "watch_d", "return ", "d f loss=result", of="name"),
    # G asks D
    Watch("judge_fake", "fooling", "f = d = D(", "a fake f", of="name"),
    Watch("judge_real", "fooling", "d = D(", "a real d", of="name"),
    Watch("loss", "fooling", "return ", "f d loss=result", of="name"),
)

PAIRED = COMMON + Phases(
    rounds=_ROUNDS,
    watched=(
        Watch("draw_pair", "play", "a, b = self.pairs(", "a b"),
        Watch("translate", "play", "fake = G(a)", "a fake"),
        *_CRITIC,
        Watch("reconstruction", "update_g", "reconstruction = ", "fake b loss=reconstruction"),
        Watch(
            "sum", "update_g", "loss = self.live.adversarial_weight",
            "w=self.live.adversarial_weight adversarial lambda=self.live.reconstruction_weight reconstruction loss",
        ),
        # G is frozen
        Watch("reconstruction", "play", "reconstruction = ", "fake b loss=reconstruction"),
    ),
)  # fmt: skip

CYCLE = COMMON + Phases(
    turns={"update_d": "{name}", "watch_d": "{name}"},
    rounds=_ROUNDS,
    watched=(
        Watch("draw_two", "play", "a, b = self.domains(", "a b"),
        Watch("translate_both", "play", "fake_b, fake_a = ", "a fake_b b fake_a"),
        *_CRITIC,
        Watch("back", "there_and_back", "back_a, back_b = ", "fake_b back_a fake_a back_b"),
        Watch("cycle", "there_and_back", "return ", "a back_a b back_b loss=result"),
        Watch("identity", "identity", "return distance(", "loss=result"),
        Watch(
            "sum", "update_g", "loss = live.adversarial_weight",
            "w=live.adversarial_weight g_ab g_ba lambda=live.cycle_weight cycle loss",
        ),
        Watch("sum_identity", "update_g", "loss = loss + live.identity_weight",
              "lambda=live.identity_weight identity loss"),
    ),
)  # fmt: skip
