"""The phases of a step of a GAN."""

from playground.training.phases import COMMON, Phases, Watch

PENALTY = "penalty = penalty + every * weight"  # a line for all of them

PHASES = COMMON + Phases(
    {"update_d": "D", "watch_d": "D", "update_g": "G", "watch_g": "G"},
    (
        Watch("augment", "preprocess", "x = augment(", "p=self.augment_p {kind}=x"),
        Watch("noise", "preprocess", "x = x + self.live.noise", "std=self.live.noise {kind}=x"),
        Watch("pack", "preprocess", "x = pack(", "samples=c.pack {kind}=x"),
        # D judges
        Watch("judge_real", "judge", "d, guess_real, _ = ", "real y d"),
        Watch("judge_fake", "judge", "f, guess_fake, found = ", "fake y f"),
        Watch("judge_real", "judge", "d, f = self._split", "real y d", 2),
        Watch("judge_fake", "judge", "d, f = self._split", "fake y f", 2),
        Watch("classify", "_class_loss", "return nn.functional", "guess y loss=result"),
        Watch(
            "recover", "_code_loss", "loss: torch.Tensor = self.live", "code found weight=self.live.info_weight loss"
        ),
        # D learns
        Watch("loss", "update_d", "adversarial = ", "d f loss=adversarial"),
        Watch("smooth", "update_d", "loss = loss + live.label_smoothing", "amount=live.label_smoothing loss"),
        Watch("r1", "update_d", PENALTY, "g_real=judged.g_real weight every penalty", 2, "term.key"),
        Watch("r2", "update_d", PENALTY, "g_fake=judged.g_fake weight every penalty", 2, "term.key"),
        Watch("gp", "update_d", PENALTY, "weight penalty", 2, "term.key"),
        Watch("dragan", "update_d", PENALTY, "weight penalty", 2, "term.key"),
        Watch("clip", "update_d", "clip_(", "limit=c.clip change='D'"),
        Watch("adapt", "update_d", "adapt_(", "p=self.augment_p"),
        # D is frozen
        Watch("judge_real", "watch_d", "d = ", "real y d"),
        Watch("judge_fake", "watch_d", "f = ", "generated y f"),
        Watch("loss", "watch_d", "loss = ", "d f loss"),
        # G learns
        Watch("look_ahead", "update_g", "params = self.look_ahead", "updates=c.unroll"),
        Watch("judge_fake", "update_g", "f, guess, found = ", "generated y f"),
        Watch("judge_ahead", "update_g", "f = self._score", "generated y f"),
        Watch("judge_real", "update_g", "d = self._score", "real y=y_real d"),
        Watch("loss", "update_g", "g_loss = ", "f d loss=g_loss"),
        # G is frozen
        Watch("loss", "watch_g", "return ", "f d loss=result"),
    ),
)  # fmt: skip
