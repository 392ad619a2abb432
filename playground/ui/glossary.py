"""The terms of the field, each with one sentence, one formula and one paper: for tooltips and the page Glossary."""

from __future__ import annotations

from dataclasses import dataclass

from playground.utils.translation import _


@dataclass(frozen=True)
class Term:
    """`formula` is LaTeX, "" where none says more than the sentence; `paper` is who wrote it and when.

    `words` stand for the term in other sentences of the app, where it is explained.
    """

    name: str
    sentence: str
    formula: str
    paper: str
    words: tuple[str, ...] = ()


_GOODFELLOW = "Goodfellow et al., Generative Adversarial Networks, 2014"
_MESCHEDER = "Mescheder et al., Which Training Methods for GANs do actually Converge?, 2018"
_ISOLA = "Isola et al., Image-to-Image Translation with Conditional Adversarial Networks, 2017"
_ZHU = "Zhu et al., Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, 2017"
_RUMELHART = "Rumelhart et al., Learning Representations by Back-propagating Errors, 1986"
_BRIEF = r"D(x) = \sigma(\text{score}(x))"

TERMS: dict[str, Term] = {
    "g": Term("Generator, G", "The network that turns random numbers z into a sample.", r"x_{\text{generated}} = G(z)",
              _GOODFELLOW),
    "d": Term("Discriminator, D", "The network that scores how real a sample looks; it learns from real and generated "
              "ones.", _BRIEF, _GOODFELLOW),
    "z": Term("Latent, z", "The random numbers that G starts from. The space of all of them is the latent space.",
              r"z \sim \mathcal{N}(0, I)", _GOODFELLOW,
          words=(_("z"),)),
    "step": Term("Training step", "One training iteration: D learns from a batch, then G does.",
                 r"\theta \leftarrow \theta - \eta \nabla_\theta L", _GOODFELLOW),
    "minimax": Term("Minimax loss", "G minimises what D maximises. Where D is sure, G learns almost nothing.",
                    r"\min_G \max_D\; \mathbb{E} \log D(x) + \mathbb{E} \log(1 - D(G(z)))", _GOODFELLOW),
    "non-saturating": Term("Non-saturating loss", "G maximises the probability that D calls its samples real, so it "
                           "learns also where D is sure.", r"L_G = -\mathbb{E} \log D(G(z))", _GOODFELLOW,
          words=(_("non-saturating loss"), _("non-saturating"))),
    "wasserstein": Term("Wasserstein loss", "D gives any number; the mean difference of its scores measures a "
                        "distance, if D is not too steep.", r"L_D = \mathbb{E} D(G(z)) - \mathbb{E} D(x)",
                        "Arjovsky et al., Wasserstein GAN, 2017",
          words=(_("Wasserstein"),)),
    "hinge": Term("Hinge loss", "D only learns from samples whose score is on the wrong side of a margin.",
                  r"L_D = \mathbb{E} \max(0, 1 - D(x)) + \mathbb{E} \max(0, 1 + D(G(z)))",
                  "Lim and Ye, Geometric GAN, 2017"),
    "r1": Term("R1", "A penalty on the slope of D at real samples. It keeps the training stable near the data.",
               r"\tfrac{\gamma}{2}\, \mathbb{E} \lVert \nabla D(x) \rVert^2",
               _MESCHEDER,
          words=(_("R1"),)),
    "gp": Term("Gradient penalty", "Asks for a slope of 1 of D between real and generated samples.",
               r"\lambda\, \mathbb{E} (\lVert \nabla D(\hat x) \rVert - 1)^2",
               "Gulrajani et al., Improved Training of Wasserstein GANs, 2017",
          words=(_("gradient penalty"),)),
    "spectral": Term("Spectral normalisation", "Divides each weight matrix of D by its largest singular value, which "
                     "bounds how steep D can be.", r"W / \sigma_{\max}(W)",
                     "Miyato et al., Spectral Normalization for GANs, 2018",
          words=(_("spectral normalisation"),)),
    "mode": Term("Mode", "A place where the data is dense, such as one of the eight points of a ring, or one digit.",
                 "", "Goodfellow, NIPS 2016 Tutorial: Generative Adversarial Networks, 2016",
          words=(_("mode"), _("modes"))),
    "collapse": Term("Mode collapse", "G makes only a few kinds of samples, whatever z it gets.",
                     r"G(z_1) \approx G(z_2)", "Metz et al., Unrolled Generative Adversarial Networks, 2017",
          words=(_("mode collapse"),)),
    "vanishing": Term("Vanishing gradient", "D is so sure that its answer no longer tells G which way to go.",
                      r"\nabla_z \log(1 - D(G(z))) \to 0",
                      "Arjovsky and Bottou, Towards Principled Methods for Training GANs, 2017",
          words=(_("vanishing gradient"),)),
    "unrolled": Term("Unrolled D", "G looks ahead: it learns from D as D would be after some more updates.",
                     r"L_G(\theta_G, \theta_D^{(k)})", "Metz et al., Unrolled Generative Adversarial Networks, 2017"),
    "ttur": Term("Two time scales (TTUR)", "D and G have learning rates of their own.", r"\eta_D \ne \eta_G",
                 "Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017"),
    "ema": Term("EMA", "An exponential moving average of G's weights. It makes calmer and better samples and does not "
                "change the training.", r"\bar\theta \leftarrow \beta \bar\theta + (1 - \beta)\, \theta",
                "Yazıcı et al., The Unusual Effectiveness of Averaging in GAN Training, 2019",
          words=(_("EMA"),)),
    "smoothing": Term("One-sided label smoothing", "D is asked to be a little less than sure of real samples.",
                      r"y_{\text{real}} = 1 - \alpha", "Salimans et al., Improved Techniques for Training GANs, 2016"),
    "noise": Term("Instance noise", "Noise on all that D sees lets real and generated samples overlap.",
                  r"x + \epsilon,\quad \epsilon \sim \mathcal{N}(0, \sigma^2)",
                  "Sønderby et al., Amortised MAP Inference for Image Super-resolution, 2017"),
    "ada": Term("Adaptive augmentation (ADA)", "Real and generated images are changed alike before D sees them, more "
                "often where D overfits.", r"D(T(x)),\; D(T(G(z)))",
                "Karras et al., Training GANs with Limited Data, 2020",
          words=(_("augmentation"),)),
    "conditional": Term("Conditional GAN", "G and D are told the class, so one can ask for a class.", r"G(z, y)",
                        "Mirza and Osindero, Conditional Generative Adversarial Nets, 2014"),
    "fid": Term("FID", "The distance of two clouds of image features, by their means and covariances. Less is better.",
                r"\lVert \mu_r - \mu_g \rVert^2 + \operatorname{tr}(\Sigma_r + \Sigma_g - 2 (\Sigma_r \Sigma_g)^{1/2})",
                "Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017",
          words=(_("FID"), _("Fréchet distance"))),
    "kid": Term("KID", "Like FID, but by a kernel; its mean does not depend on how many images are compared.",
                r"\mathrm{MMD}^2", "Bińkowski et al., Demystifying MMD GANs, 2018"),
    "precision": Term("Precision and recall", "Precision: how many generated samples look real. Recall: how many real "
                      "ones G could have made.", "",
                      "Kynkäänniemi et al., Improved Precision and Recall Metric, 2019",
          words=(_("precision"), _("recall"))),
    "score": Term("Score, logit", "The number that D gives a sample, before any sigmoid. The larger it is, the more "
                  "real D finds the sample.", "", _GOODFELLOW,
                  words=(_("score"), _("scores"), _("logit"), _("logits"))),
    "gradient": Term("Gradient", "The slope of a loss in every weight; each update goes downhill by it. Its norm is "
                     "its length.", r"\nabla_\theta L", _RUMELHART, words=(_("gradient"), _("gradients"))),
    "rate": Term("Learning rate", "How far an update goes along the gradient. A large one is fast but rough.",
                 r"\eta", _RUMELHART, words=(_("learning rate"), _("learning rates"), _("rates"))),
    "momentum": Term("Momentum, β₁", "A part of the updates before is added to the next one, so that they go on as a "
                     "heavy ball does.", r"m \leftarrow \beta_1 m + (1 - \beta_1)\, \nabla_\theta L",
                     "Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015", words=(_("momentum"),)),
    "saturation": Term("Saturation", "A function is saturated where it is flat: its gradient is almost 0 there, and "
                       "nothing is learned from it.", "", _GOODFELLOW,
                       words=(_("saturates"), _("saturating"), _("saturated"))),
    "clipping": Term("Weight clipping", "After each update D's weights are cut to a small range, which bounds how "
                     "steep D can be.", r"w \leftarrow \operatorname{clip}(w, -c, c)",
                     "Arjovsky et al., Wasserstein GAN, 2017", words=(_("clipping"), _("clipping limit"))),
    "hopping": Term("Mode hopping", "G goes from mode to mode and keeps none, because D learns to reject each one in "
                    "turn.", "", "Metz et al., Unrolled Generative Adversarial Networks, 2017",
                    words=(_("mode hopping"),)),
    "oscillation": Term("Oscillation", "G and D chase each other in circles: losses and samples swing and do not "
                        "settle.", "", _MESCHEDER, words=(_("oscillation"),)),
    "divergence": Term("Divergence", "The training blows up: gradients, weights or scores grow without end.", "",
                       _MESCHEDER, words=(_("divergence"),)),
    "convergence": Term("Convergence", "The samples are as good as this game makes them, and no longer change.", "",
                        _MESCHEDER, words=(_("converged"), _("convergence"))),
    "equilibrium": Term("Equilibrium", "Where neither G nor D can get better alone; D then says 50 % everywhere.",
                        r"D(x) = \tfrac{1}{2}", _GOODFELLOW, words=(_("equilibrium"),)),
    "overfitting": Term("Overfitting of D", "D knows its training samples by heart; its scores of new real samples "
                        "fall.", "", "Karras et al., Training GANs with Limited Data, 2020",
                        words=(_("overfits"), _("overfitting"))),
    "sigma": Term("Within 3σ", "The share of samples that lie within three standard deviations of a mode: the good "
                  "ones.", r"\lVert x - \mu \rVert < 3 \sigma", "Srivastava et al., VEEGAN, 2017", words=(_("3σ"),)),
    "nan": Term("NaN", "Not a number: what a computer gives for 0 / 0. All that is worked out from it is NaN, too.", "",
                "IEEE, Standard for Floating-Point Arithmetic (754), 2019", words=(_("NaN"),)),
    "interpolation": Term("Interpolation", "The way from one z to another: straight (lerp), or along the sphere on "
                          "which z lies (slerp).",
                          r"\tfrac{\sin((1-t)\omega)}{\sin\omega} z_1 + \tfrac{\sin(t\omega)}{\sin\omega} z_2",
                          "White, Sampling Generative Networks, 2016"),
    "direction": Term("Direction", "A vector in the latent space along which one property of the samples changes.",
                      r"G(z + a\,v)", "Härkönen et al., GANSpace, 2020"),
    "arithmetic": Term("Latent arithmetic", "Sums and differences of z that add and take away properties.",
                       r"\bar z_A - \bar z_B + \bar z_C",
                       "Radford et al., Unsupervised Representation Learning with DCGANs, 2016"),
    "infogan": Term("InfoGAN", "Some numbers of z are codes, which a head of D, Q, has to read off the sample: G gives "
                    "each a meaning of its own.",
                    r"\min_{G, Q} \max_D\; V(D, G) - \lambda\, \mathbb{E} \log Q(c \mid G(z))",
                    "Chen et al., InfoGAN, 2016"),
    "truncation": Term("Truncation", "Drawing z nearer to the middle: better samples, less variety.", r"z' = \psi z",
                       "Brock et al., Large Scale GAN Training, 2019"),
    "inversion": Term("Inversion", "Finding the z from which G makes a given picture.",
                      r"\min_z \lVert G(z) - x \rVert^2",
                      "Creswell and Bharath, Inverting the Generator of a GAN, 2018"),
    "memorisation": Term("Memorisation", "G copies training samples in place of making new ones.",
                         r"\min_i \lVert G(z) - x_i \rVert \approx 0",
                         "Webster et al., Detecting Overfitting of Deep Generative Networks, 2019",
          words=(_("memorisation"), _("near copies"))),
    "paired": Term("Paired translation (pix2pix)", "G turns an input into an output, and for inputs of the data the "
                   "true output is known. D judges both together.",
                   r"L_G = w L_{\text{adv}} + \lambda\, \mathbb{E} (G(a) - b)^2",
                   _ISOLA, words=(_("paired translation"), _("pix2pix"))),
    "cyclegan": Term("CycleGAN", "Two G translate between two sets of samples, there and back, without pairs. Each has "
                     "a D of its own.", r"G_{AB}: A \to B,\quad G_{BA}: B \to A", _ZHU,
                     words=(_("CycleGAN"),)),
    "cycle": Term("Cycle consistency", "There and back should give the input again. That makes a map invertible, but "
                  "not right.", r"\lambda\, \mathbb{E} \lVert G_{BA}(G_{AB}(a)) - a \rVert_1", _ZHU,
                  words=(_("cycle consistency"), _("cycle error"))),
    "identity": Term("Identity loss", "What is in the target set already should stay when it is translated. It keeps "
                     "colours.", r"\mathbb{E} \lVert G_{AB}(b) - b \rVert_1", _ZHU,
                     words=(_("identity loss"), _("identity error"))),
    "patches": Term("Patch D (PatchGAN)", "A D that gives a score for each patch of a picture, not one for all of it: "
                    "it judges texture and edges.", r"D(x) \in \mathbb{R}^{h \times w}", _ISOLA,
                    words=(_("PatchGAN"), _("patch D"))),
    "reconstruction": Term("Reconstruction loss", "The distance between G's output and the truth, pixel by pixel. By "
                           "itself it gives the mean of all that is possible: blur.",
                           r"\mathbb{E} (G(a) - b)^2 \;\text{or}\; \mathbb{E} \lvert G(a) - b \rvert",
                           "Pathak et al., Context Encoders, 2016", words=(_("reconstruction loss"),)),
    "inpainting": Term("Inpainting", "Filling a hidden part of a picture with what could have been there.", "",
                       "Pathak et al., Context Encoders, 2016", words=(_("inpainting"),)),
    "superres": Term("Super-resolution", "Making a picture of many pixels from one of few.", "",
                     "Ledig et al., Photo-Realistic Single Image Super-Resolution Using a GAN, 2017",
                     words=(_("super-resolution"),)),
    "psnr": Term("PSNR", "How close a picture is to the truth, in decibels: the mean square error on a log scale. Blur "
                 "scores well.", r"10 \log_{10} \frac{\text{range}^2}{\text{MSE}}",
                 "Huynh-Thu and Ghanbari, Scope of Validity of PSNR, 2008", words=(_("PSNR"),)),
}  # fmt: skip


def tip(key: str) -> str:
    """A term as the Markdown of a tooltip."""
    term = TERMS[key]
    parts = [f"**{_(term.name)}.** {_(term.sentence)}", f"${term.formula}$" if term.formula else "", f"*{term.paper}*"]
    return "\n\n".join(part for part in parts if part)
