"""RunConfig: every knob once.

The sidebar, the `--set` flags, the URL and the table of `docs/knobs.md` are all generated from `KNOBS`, which is read
off RunConfig. `RunConfig(...)` is strict; `RunConfig.read` mends what a person or a link wrote and says what it mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from playground.config.games import GAMES, TRANSLATIONS
from playground.config.knob import Group, Knob, spell
from playground.config.rules import SAME, reconcile
from playground.data import DATASETS, Choice
from playground.data.choice import MAX_TIMES
from playground.data.tasks import TASKS
from playground.losses.objectives import OBJECTIVES
from playground.models import NETWORKS
from playground.utils.errors import UserError
from playground.utils.priors import Codes
from playground.utils.translation import _, joined

OPTIMISERS = {"adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "sgd": "SGD"}
ACTIVATIONS = {"relu": "ReLU", "leaky-relu": "LeakyReLU 0.2", "silu": "SiLU", "tanh": "tanh"}
NORMS = {"none": "None", "batch": "Batch", "layer": "Layer", "group": "Group", "spectral": "Spectral"}
INITS = {"pytorch": "PyTorch's own", "he": "He", "normal": "N(0, 0.02)", "orthogonal": "Orthogonal"}
CONDITIONINGS = {"projection": "Projection", "concat": "Concatenation", "acgan": "Auxiliary classifier"}
AUGMENTATIONS = {
    "none": "None",
    "color": "Colour",
    "translation": "Translation only",
    "cutout": "Cutout",
    "color+translation": "Colour, translation",
    "translation+cutout": "Translation, cutout",
    "color+translation+cutout": "Colour, translation, cutout",
}
Z_DISTRIBUTIONS = {"normal": "Normal N(0, 1)", "uniform": "Uniform U(-1, 1)"}
RECONSTRUCTIONS = {"l2": "L2, mean square", "l1": "L1, mean size"}
DEVICES = {"auto": "Automatic", "cuda": "CUDA GPU", "mps": "Apple GPU", "cpu": "CPU"}


def _knob(
    default: Any,
    group: Group,
    label: str,
    help: str,
    *,
    live: bool,
    range: tuple[float, float] | None = None,
    log: bool = False,
    choices: Mapping[str, str] | None = None,
    words: str = "",
) -> Any:
    low, high = range or (None, None)
    return Field(
        default,
        ge=low,
        le=high,
        json_schema_extra={"group": group, "label": label, "help": help, "live": live, "log": log, "words": words},
        examples=[choices] if choices else None,
    )


def _partners() -> dict[str, str]:
    return {SAME: "The same dataset"} | {key: record.label for key, record in DATASETS.items() if not record.asks}


def _labels(registry: Mapping[str, Any]) -> dict[str, str]:
    return {key: record.label for key, record in registry.items()}


class RunConfig(BaseModel):
    """The hyperparameters of one run; immutable. Raises pydantic's ValidationError for anything that is not valid."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    objective: str = _knob(
        "non-saturating", "Objective", "Objective",
        "The losses of D and G.\nA change keeps the weights and restarts D's optimiser.",
        live=True, choices=_labels(OBJECTIVES),
        words="loss function criterion bce wgan lsgan",
    )  # fmt: skip
    d_steps: int = _knob(
        1, "Objective", "D updates per step",
        "How often D learns in one step.\n0 freezes D.",
        live=True, range=(0, 10),
        words="n_critic critic iterations discriminator k",
    )  # fmt: skip
    g_steps: int = _knob(
        1, "Objective", "G updates per step",
        "How often G learns in one step.\n0 freezes G.",
        live=True, range=(0, 10),
        words="generator iterations",
    )  # fmt: skip
    d_head_start: int = _knob(
        0, "Objective", "Head start of D",
        "G only starts to learn at this step.\nA D that is far ahead leaves minimax without a gradient.",
        live=True, range=(0, 100_000), log=True,
        words="pretraining warm-up warmup delay",
    )  # fmt: skip
    unroll: int = _knob(
        0, "Objective", "Unrolled updates of D",
        "G looks so many updates of D ahead and learns through them; D stays as it is.\n"
        "Cures mode hopping; each costs time.",
        live=True, range=(0, 10),
        words="look ahead lookahead",
    )  # fmt: skip
    batch_size: int = _knob(
        128, "Optimisers", "Batch size",
        "Real and generated samples per update.\nMore is smoother and slower.",
        live=True, range=(2, 1024), log=True,
        words="minibatch bs",
    )  # fmt: skip
    d_optimiser: str = _knob(
        "adam", "Optimisers", "Optimiser of D",
        "How a gradient becomes an update.\nA change forgets the averages of the old one.",
        live=True, choices=OPTIMISERS,
        words="optimizer",
    )  # fmt: skip
    g_optimiser: str = _knob(
        "adam", "Optimisers", "Optimiser of G",
        "How a gradient becomes an update.\nAdam rescales small gradients, SGD does not.",
        live=True, choices=OPTIMISERS,
        words="optimizer",
    )  # fmt: skip
    d_lr: float = _knob(
        2e-3, "Optimisers", "Learning rate of D",
        "Step size for D.\nToo high: D jumps. Too low: G meets no resistance.",
        live=True, range=(0.0, 0.1), log=True,
        words="lr step size eta speed ttur discriminator",
    )  # fmt: skip
    g_lr: float = _knob(
        2e-3, "Optimisers", "Learning rate of G",
        "Step size for G.\nToo high: samples jump. Too low: nothing moves.",
        live=True, range=(0.0, 0.1), log=True,
        words="lr step size eta speed ttur generator",
    )  # fmt: skip
    beta1: float = _knob(
        0.0, "Optimisers", "β₁ (momentum)",
        "How long gradients are averaged, in Adam and SGD.\n0 is calm, 0.5 is DCGAN's, 0.9 is Adam's own default.",
        live=True, range=(0.0, 0.99),
        words="betas inertia first moment",
    )  # fmt: skip
    beta2: float = _knob(
        0.99, "Optimisers", "β₂",
        "How long squared gradients are averaged, in Adam and RMSprop.\n0.99 adapts fast, 0.999 is Adam's own default.",
        live=True, range=(0.5, 0.9999),
        words="betas second moment",
    )  # fmt: skip
    weight_decay: float = _knob(
        0.0, "Optimisers", "Weight decay of AdamW",
        "Each update shrinks all weights by this share of the learning rate.\nOnly AdamW has it.",
        live=True, range=(0.0, 1.0), log=True,
        words="l2 wd",
    )  # fmt: skip
    lr_decay: int = _knob(
        0, "Optimisers", "Learning rates end at step",
        "Both rates are constant for half of these steps, then fall evenly to 0.\n0: they never fall.",
        live=True, range=(0, 1_000_000), log=True,
        words="lr schedule scheduler annealing",
    )  # fmt: skip
    grad_clip: float = _knob(
        0.0, "Optimisers", "Gradient clipping",
        "Longest gradient of a network in one update; longer ones are shortened.\n0 switches it off.",
        live=True, range=(0.0, 1000.0), log=True,
        words="exploding gradients max norm",
    )  # fmt: skip
    ema_half_life: float = _knob(
        500.0, "Optimisers", "EMA half-life",
        "Samples come from an average of G's weights; its half-life in steps.\n0 switches averaging off.",
        live=True, range=(0.0, 100_000.0), log=True,
        words="moving average averaging polyak",
    )  # fmt: skip
    r1: float = _knob(
        0.1, "Regularizers", "R1 (γ)",
        "Punishes D's slope at real samples: γ/2 E‖∇D(x)‖². More is calmer and blurrier.\n"
        "Data lies in about −1 to 1: at 0.1 a slope of 1 costs 0.05, one of 5 costs 1.25. D's loss is 1.39 if it "
        "cannot tell.",
        live=True, range=(0.0, 100.0), log=True,
        words="gp gradient penalty zero-centred lipschitz",
    )  # fmt: skip
    r2: float = _knob(
        0.0, "Regularizers", "R2 (γ)",
        "Punishes D's slope at generated samples: γ/2 E‖∇D(G(z))‖².\nBelongs to R1 in R3GAN.",
        live=True, range=(0.0, 100.0), log=True,
        words="gp gradient penalty zero-centred lipschitz",
    )  # fmt: skip
    gp: float = _knob(
        0.0, "Regularizers", "Gradient penalty (λ)",
        "Pulls D's slope between real and generated samples to 1.\nWGAN-GP has it: λ E(‖∇D(x̂)‖ − 1)².",
        live=True, range=(0.0, 100.0), log=True,
        words="wgan-gp lipschitz",
    )  # fmt: skip
    dragan: float = _knob(
        0.0, "Regularizers", "DRAGAN (λ)",
        "Pulls D's slope around real samples to 1.\nThe same penalty at noisy real samples.",
        live=True, range=(0.0, 100.0), log=True,
        words="gp gradient penalty lipschitz",
    )  # fmt: skip
    penalty_every: int = _knob(
        1, "Regularizers", "Penalty every … updates",
        "Adds R1 and R2 only in every n-th update of D, n times as strong.\nSaves time on images.",
        live=True, range=(1, 32),
        words="lazy regularization interval",
    )  # fmt: skip
    info_weight: float = _knob(
        1.0, "Regularizers", "Weight of the codes (λ)",
        "How much G and D care that Q can read the codes off a sample: − λ E log Q(c|G(z)).\n"
        "At 0 the codes are numbers like all others.",
        live=True, range=(0.0, 100.0), log=True,
        words="infogan mutual information lambda q",
    )  # fmt: skip
    clip: float = _knob(
        0.0, "Regularizers", "Weight clipping",
        "Limits every weight of D after its update, as the first WGAN did.\n0 switches it off.",
        live=True, range=(0.0, 10.0), log=True,
        words="wgan lipschitz",
    )  # fmt: skip
    label_smoothing: float = _knob(
        0.0, "Regularizers", "One-sided label smoothing",
        "D's target for real samples is 1 minus this.\nOnly where D's output is a probability.",
        live=True, range=(0.0, 0.5),
        words="soft labels",
    )  # fmt: skip
    dropout: float = _knob(
        0.0, "Regularizers", "Dropout in D",
        "Share of D's hidden units that are switched off at random.\n0 switches it off.",
        live=True, range=(0.0, 0.9),
        words="regularization",
    )  # fmt: skip
    task_amount: float = _knob(
        0.5, "Translation", "Strength of the task",
        "How much is hidden, how strong noise or blur is, how far points turn.\n0 leaves the samples as they are.",
        live=True, range=(0.0, 1.0),
        words="sigma mask size amount degree",
    )  # fmt: skip
    reconstruction: str = _knob(
        "l2", "Translation", "Reconstruction",
        "How G's output is compared with the truth, pixel by pixel.\nL2 punishes large errors more.",
        live=True, choices=RECONSTRUCTIONS,
        words="mse mae pixel loss l1 l2",
    )  # fmt: skip
    reconstruction_weight: float = _knob(
        1.0, "Translation", "Weight of the reconstruction (λ)",
        "L_G = w L_adv + λ E(G(a) − b)², a mean over pixels.\nAlone it gives blurred means; 0 leaves all to D.",
        live=True, range=(0.0, 1000.0), log=True,
        words="lambda mse pixel loss",
    )  # fmt: skip
    adversarial_weight: float = _knob(
        1.0, "Translation", "Weight of the adversary",
        "How much G listens to D: w in L_G.\nAt 0 only the comparison with the truth, or the way back, is left.",
        live=True, range=(0.0, 100.0), log=True,
        words="gan weight lambda",
    )  # fmt: skip
    cycle_weight: float = _knob(
        10.0, "Translation", "Weight of the cycle (λ)",
        "There and back should give the input again: λ E‖F(G(a)) − a‖₁, and the same for b.\n"
        "At 0 the way back is lost.",
        live=True, range=(0.0, 1000.0), log=True,
        words="lambda cycle consistency cyclegan",
    )  # fmt: skip
    identity_weight: float = _knob(
        0.0, "Translation", "Weight of the identity",
        "What is in the target domain already should stay: E‖G(b) − b‖₁.\nIt keeps colours.",
        live=True, range=(0.0, 1000.0), log=True,
        words="lambda identity loss cyclegan",
    )  # fmt: skip
    noise: float = _knob(
        0.0, "What D sees", "Instance noise (σ)",
        "Noise on real and generated samples before D sees them.\nMakes the two overlap.",
        live=True, range=(0.0, 10.0), log=True,
        words="input noise sigma",
    )  # fmt: skip
    noise_steps: int = _knob(
        0, "What D sees", "Noise ends at step",
        "The noise falls evenly to 0 until this step.\n0: it stays.",
        live=True, range=(0, 1_000_000), log=True,
        words="annealing schedule",
    )  # fmt: skip
    augment: str = _knob(
        "none", "What D sees", "Augmentation",
        "Random changes of all images before D sees them; G learns through them.\nFor little data.",
        live=True, choices=AUGMENTATIONS,
        words="diffaugment data augmentation",
    )  # fmt: skip
    augment_p: float = _knob(
        1.0, "What D sees", "Share of augmented images",
        "Probability of each change.\n1 is DiffAugment; adaptive augmentation starts here.",
        live=True, range=(0.0, 1.0),
        words="probability",
    )  # fmt: skip
    ada_target: float = _knob(
        0.0, "What D sees", "Adaptive augmentation",
        "Moves that share until D finds this much more real images real than not; 0.6 is usual.\n0 switches it off.",
        live=True, range=(0.0, 0.95),
        words="ada",
    )  # fmt: skip
    game: str = _knob(
        "gan", "Networks", "Game",
        "Who plays, and what each player minimises.\nAnother game comes with knobs that suit it.",
        live=False, choices=_labels(GAMES),
        words="pix2pix cyclegan image to image translation inpainting super-resolution denoising style transfer",
    )  # fmt: skip
    network: str = _knob(
        "mlp", "Networks", "Network family",
        "MLP: fully connected.\nDCGAN: convolutions, for images.",
        live=False, choices=_labels(NETWORKS),
        words="architecture model cnn convolutional resnet",
    )  # fmt: skip
    g_width: int = _knob(
        64, "Networks", "Width of G",
        "Units of a hidden layer (MLP),\nor channels next to the image (DCGAN).",
        live=False, range=(1, 1024), log=True,
        words="hidden units neurons channels filters ngf capacity size",
    )  # fmt: skip
    g_depth: int = _knob(
        3, "Networks", "Depth of G",
        "Hidden layers (MLP), or doublings of the side (DCGAN,\nas many as the image allows).",
        live=False, range=(1, 6),
        words="layers blocks capacity",
    )  # fmt: skip
    g_activation: str = _knob(
        "relu", "Networks", "Activation of G",
        "What follows each hidden layer of G.\nReLU gives the sharpest modes in 2-D.",
        live=False, choices=ACTIVATIONS,
        words="nonlinearity",
    )  # fmt: skip
    g_norm: str = _knob(
        "none", "Networks", "Normalisation of G",
        "Batch: over the samples of a batch. Layer, group: within each sample.\nSpectral: of the weights.",
        live=False, choices=NORMS,
        words="batchnorm bn layernorm normalization",
    )  # fmt: skip
    g_init: str = _knob(
        "pytorch", "Networks", "First weights of G",
        "How G's weights are drawn before the first step.\nDCGAN used N(0, 0.02).",
        live=False, choices=INITS,
        words="initialization xavier kaiming",
    )  # fmt: skip
    d_width: int = _knob(
        64, "Networks", "Width of D",
        "Units of a hidden layer (MLP),\nor channels next to the image (DCGAN).",
        live=False, range=(1, 1024), log=True,
        words="hidden units neurons channels filters ndf capacity size",
    )  # fmt: skip
    d_depth: int = _knob(
        3, "Networks", "Depth of D",
        "Hidden layers (MLP), or halvings of the side (DCGAN,\nas many as the image allows).",
        live=False, range=(1, 6),
        words="layers blocks capacity",
    )  # fmt: skip
    d_activation: str = _knob(
        "relu", "Networks", "Activation of D",
        "What follows each hidden layer of D.\nLeakyReLU never goes silent.",
        live=False, choices=ACTIVATIONS,
        words="nonlinearity",
    )  # fmt: skip
    d_norm: str = _knob(
        "none", "Networks", "Normalisation of D",
        "Spectral: of the weights; it limits D's slope.\nBatch does not go with gradient penalties.",
        live=False, choices=NORMS,
        words="batchnorm bn layernorm normalization sn",
    )  # fmt: skip
    d_init: str = _knob(
        "pytorch", "Networks", "First weights of D",
        "How D's weights are drawn before the first step.\nDCGAN used N(0, 0.02).",
        live=False, choices=INITS,
        words="initialization xavier kaiming",
    )  # fmt: skip
    d_patches: bool = _knob(
        True, "Networks", "D judges patches",
        "D gives a logit for each part of a picture, not one for all of it.\nOnly in translations.",
        live=False,
        words="patchgan patch discriminator",
    )  # fmt: skip
    sn_gain: float = _knob(
        2.0, "Networks", "Spectral norm of a layer",
        "The largest singular value that spectral normalisation leaves; the paper has 1.\n"
        "At 1 a small D is too flat to learn points.",
        live=False, range=(0.1, 10.0), log=True,
        words="sn lipschitz",
    )  # fmt: skip
    minibatch_std: bool = _knob(
        False, "Networks", "Minibatch standard deviation",
        "Shows D, before its last hidden layer, how much the samples differ in groups of 4.\n"
        "A collapsed G gives itself away.",
        live=False,
        words="minibatch discrimination mbstd variety",
    )  # fmt: skip
    pack: int = _knob(
        1, "Networks", "Samples that D sees at once",
        "PacGAN: D judges so many samples as one.\nA collapsed G gives itself away.",
        live=False, range=(1, 4),
        words="pacgan",
    )  # fmt: skip
    sample_pool: int = _knob(
        50, "Networks", "Past samples that D sees",
        "Half of D's generated samples come from so many earlier ones.\n0: only the newest.",
        live=False, range=(0, 500),
        words="image buffer history replay pool",
    )  # fmt: skip
    z_dim: int = _knob(
        2, "Networks", "Dimensions of z",
        "How many random numbers G gets for one sample.\n2 suits points, 16 to 100 suit images.",
        live=False, range=(1, 512), log=True,
        words="latent size nz dimension",
    )  # fmt: skip
    z_distribution: str = _knob(
        "normal", "Networks", "Distribution of z",
        "Where those numbers come from.\nBoth have mean 0.",
        live=False, choices=Z_DISTRIBUTIONS,
        words="latent prior",
    )  # fmt: skip
    info_categories: int = _knob(
        0, "Networks", "Values of a categorical code",
        "InfoGAN: z begins with one of so many values, which a head of D, Q, has to read off the sample.\n"
        "G finds a meaning for each, not always yours. 0: none.",
        live=False, range=(0, 20),
        words="infogan latent code categorical one-hot disentangled unsupervised",
    )  # fmt: skip
    info_codes: int = _knob(
        0, "Networks", "Continuous codes",
        "InfoGAN: so many numbers of z, each from U(−1, 1), which Q has to read off the sample.\n"
        "G finds something that varies smoothly. 0: none.",
        live=False, range=(0, 4),
        words="infogan latent code continuous disentangled unsupervised",
    )  # fmt: skip
    dataset: str = _knob(
        "ring", "Data", "Dataset",
        "What G learns to imitate.\nPoints in a plane, or images.",
        live=False, choices=_labels(DATASETS),
        words="images points digits mnist",
    )  # fmt: skip
    folder: str = _knob(
        "", "Data", "Folder of IDX files",
        "Where the engine finds files like train-images-idx3-ubyte.gz.\nOnly for “Folder of IDX files”.",
        live=False,
        words="path directory",
    )  # fmt: skip
    own: str = _knob(
        "", "Data", "Your own set",
        "Which of the sets that were drawn, pasted or uploaded on the Data page.\nOnly for “Your own …”.",
        live=False,
        words="upload",
    )  # fmt: skip
    task: str = _knob(
        "inpaint-half", "Data", "Task",
        "What G is given, and what it should make of it.\nOnly in translations.",
        live=False, choices=_labels(TASKS),
        words="pix2pix image to image inpainting super-resolution denoising colorization style transfer cyclegan",
    )  # fmt: skip
    partner: str = _knob(
        SAME, "Data", "Second dataset",
        "What samples are turned into, where the task is “To other data”.\nPoints to points, or images of one size.",
        live=False, choices=_partners(),
        words="domain b target style",
    )  # fmt: skip
    partner_classes: str = _knob(
        "", "Data", "Only these classes of the second",
        "Numbers of classes, from 0 on, like 3,8.\nEmpty: all.",
        live=False,
        words="domain b labels subset",
    )  # fmt: skip
    classes: str = _knob(
        "", "Data", "Only these classes",
        "Numbers of classes, from 0 on, like 3,8; the Data page names them.\nEmpty: all.",
        live=False,
        words="labels subset",
    )  # fmt: skip
    size: int = _knob(
        0, "Data", "Maximum number of samples",
        "Of few samples D soon knows every one: it overfits.\n0: all.",
        live=False, range=(0, 1_000_000), log=True,
        words="number of samples limit small data",
    )  # fmt: skip
    repeat: str = _knob(
        "", "Data", "Repeated classes",
        f"Classes that occur more often than the data has them, like 8x5: class 8 five times, {MAX_TIMES} at most.\n"
        "Empty: none.",
        live=False,
        words="imbalance imbalanced",
    )  # fmt: skip
    conditional: bool = _knob(
        False, "Data", "Use labels",
        "G is told which class to make, D which class to expect.\nNeeds data with labels.",
        live=False,
        words="class cgan",
    )  # fmt: skip
    conditioning: str = _knob(
        "projection", "Data", "How D uses labels",
        "Projection is the strongest. Concatenation is the first cGAN's.\n"
        "An auxiliary classifier guesses the class of real and of generated samples.",
        live=False, choices=CONDITIONINGS,
        words="cgan acgan class",
    )  # fmt: skip
    seed: int = _knob(
        0, "Run", "Seed",
        "Same seed, same knobs, same device: the same run, to the bit.\nIn a race only if its lanes take turns.",
        live=False, range=(0, 2**31 - 1),
        words="random reproducible repeat",
    )  # fmt: skip
    device: str = _knob(
        "auto", "Run", "Device",
        "Where the engine computes.\nAutomatic takes a GPU where there is one.",
        live=False, choices=DEVICES,
        words="gpu hardware",
    )  # fmt: skip

    @model_validator(mode="after")
    def _check(self) -> RunConfig:
        for name, knob in KNOBS.items():
            sentence = knob.mend(getattr(self, name))[1]
            if sentence:
                raise ValueError(sentence)
        if reasons := reconcile(self.model_dump())[1]:
            raise ValueError(joined(" ", reasons.values()))
        return self

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> RunConfig:
        """`RunConfig(**values)`, but values that were looked at before are not looked at again."""
        try:
            known = _valid.get(_key(values))
        except TypeError:  # a list or a table, which no knob is
            known = None
        return known or _remember(cls(**values))

    @classmethod
    def read(cls, values: Mapping[str, Any], base: RunConfig | None = None) -> tuple[RunConfig, list[str]]:
        """A valid config from what a person, a file or a link says, on top of `base`, and a sentence for each mend."""
        out = (base or cls()).model_dump()
        findings = []
        for name, value in values.items():
            knob = KNOBS.get(name)
            if knob is None:
                findings.append(_("There is no knob named “{name}”; it was ignored.").format(name=str(name)[:40]))
                continue
            mended, sentence = knob.mend(value, otherwise=out[name])
            out[name] = mended
            if sentence:
                findings.append(_("{sentence} It is now {value}.").format(sentence=sentence, value=spell(mended)))
        out, reasons = reconcile(out)
        findings += [
            _("{reason} {knob} is now {value}.").format(reason=reason, knob=name, value=spell(out[name]))
            for name, reason in reasons.items()
        ]
        return _remember(cls.model_construct(**out)), findings  # each value was mended, and the rules hold

    def changed(self, /, **values: Any) -> RunConfig:
        """This config with some knobs changed; strict. Raises UserError with the first finding and what to do."""
        out = self.model_dump()
        for name, value in values.items():
            if name not in KNOBS:
                raise UserError(_("There is no knob named “{name}”.").format(name=name))
            out[name], sentence = KNOBS[name].mend(value)
            if sentence:
                raise UserError(sentence)
        mended, reasons = reconcile(out)
        for name, reason in reasons.items():
            if mended[name] == "":
                raise UserError(reason)
            sentence = _("{reason} Set {knob} to {value}.")
            raise UserError(sentence.format(reason=reason, knob=name, value=spell(mended[name])))
        return _remember(RunConfig.model_construct(**out))  # each value was looked at, and the rules hold

    @property
    def source(self) -> str:
        """Where the data lies, in the words of the knob that its dataset asks for."""
        asks = DATASETS[self.dataset].asks
        return str(getattr(self, asks)) if asks else ""

    @property
    def codes(self) -> Codes:
        """What z begins with."""
        return Codes(self.info_categories, self.info_codes)

    @property
    def choice(self) -> Choice:
        """Which samples of the dataset are used, and with which others."""
        if self.game not in TRANSLATIONS or not TASKS[self.task].partner:
            return Choice(self.classes, self.size, self.repeat)
        return Choice(
            self.classes,
            self.size,
            self.repeat,
            True,
            "" if self.partner == SAME else self.partner,
            self.partner_classes,
        )

    def differences(self, base: RunConfig) -> dict[str, Any]:
        """The knobs whose values differ from those of `base`."""
        return {name: getattr(self, name) for name in KNOBS if getattr(self, name) != getattr(base, name)}


_MOST = 256  # configs that are remembered
_valid: dict[tuple[tuple[str, type, Any], ...], RunConfig] = {}


def _key(values: Mapping[str, Any]) -> tuple[tuple[str, type, Any], ...]:
    return tuple((name, type(value), value) for name, value in sorted(values.items()))


def _remember(config: RunConfig) -> RunConfig:
    """Note that a config is valid."""
    if len(_valid) >= _MOST:
        _valid.clear()
    _valid[_key(config.model_dump())] = config
    return config


def _read_knobs() -> dict[str, Knob]:
    knobs = {}
    for name, field in RunConfig.model_fields.items():
        extra: Any = field.json_schema_extra
        bounds = {type(m).__name__: m for m in field.metadata}
        low, high = getattr(bounds.get("Ge"), "ge", None), getattr(bounds.get("Le"), "le", None)
        choices: Any = field.examples[0] if field.examples else None
        kind: Any = field.annotation
        knobs[name] = Knob(name=name, type=kind, default=field.default, low=low, high=high, choices=choices, **extra)
    return knobs


KNOBS: dict[str, Knob] = _read_knobs()
