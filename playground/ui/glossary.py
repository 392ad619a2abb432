"""The terms of the field, each with one sentence, one formula and one paper: for tooltips and the page Glossary."""

from __future__ import annotations

from dataclasses import dataclass

from playground.utils.translation import _


@dataclass(frozen=True)
class Term:
    """`formula` is LaTeX, "" where none says more than the sentence; `paper` is who wrote it and when."""

    name: str
    sentence: str
    formula: str
    paper: str


_GOODFELLOW = "Goodfellow et al., Generative Adversarial Networks, 2014"
_BRIEF = r"D(x) = \sigma(\text{score}(x))"

TERMS: dict[str, Term] = {
    "g": Term("Generator, G", "The network that turns random numbers z into a sample.", r"x_{\text{generated}} = G(z)",
              _GOODFELLOW),
    "d": Term("Discriminator, D", "The network that scores how real a sample looks; it learns from real and generated "
              "ones.", _BRIEF, _GOODFELLOW),
    "z": Term("Latent, z", "The random numbers that G starts from. The space of all of them is the latent space.",
              r"z \sim \mathcal{N}(0, I)", _GOODFELLOW),
    "step": Term("Step", "One training iteration: D learns from a batch, then G does.",
                 r"\theta \leftarrow \theta - \eta \nabla_\theta L", _GOODFELLOW),
    "minimax": Term("Minimax loss", "G minimises what D maximises. Where D is sure, G learns almost nothing.",
                    r"\min_G \max_D\; \mathbb{E} \log D(x) + \mathbb{E} \log(1 - D(G(z)))", _GOODFELLOW),
    "non-saturating": Term("Non-saturating loss", "G maximises the probability that D calls its samples real, so it "
                           "learns also where D is sure.", r"L_G = -\mathbb{E} \log D(G(z))", _GOODFELLOW),
    "wasserstein": Term("Wasserstein loss", "D gives any number; the mean difference of its scores measures a "
                        "distance, if D is not too steep.", r"L_D = \mathbb{E} D(G(z)) - \mathbb{E} D(x)",
                        "Arjovsky et al., Wasserstein GAN, 2017"),
    "hinge": Term("Hinge loss", "D only learns from samples whose score is on the wrong side of a margin.",
                  r"L_D = \mathbb{E} \max(0, 1 - D(x)) + \mathbb{E} \max(0, 1 + D(G(z)))",
                  "Lim and Ye, Geometric GAN, 2017"),
    "r1": Term("R1", "A penalty on the slope of D at real samples. It keeps the training stable near the data.",
               r"\tfrac{\gamma}{2}\, \mathbb{E} \lVert \nabla D(x) \rVert^2",
               "Mescheder et al., Which Training Methods for GANs do actually Converge?, 2018"),
    "gp": Term("Gradient penalty", "Asks for a slope of 1 of D between real and generated samples.",
               r"\lambda\, \mathbb{E} (\lVert \nabla D(\hat x) \rVert - 1)^2",
               "Gulrajani et al., Improved Training of Wasserstein GANs, 2017"),
    "spectral": Term("Spectral normalisation", "Divides each weight matrix of D by its largest singular value, which "
                     "bounds how steep D can be.", r"W / \sigma_{\max}(W)",
                     "Miyato et al., Spectral Normalization for GANs, 2018"),
    "mode": Term("Mode", "A place where the data is dense, such as one of the eight points of a ring, or one digit.",
                 "", "Goodfellow, NIPS 2016 Tutorial: Generative Adversarial Networks, 2016"),
    "collapse": Term("Mode collapse", "G makes only a few kinds of samples, whatever z it gets.",
                     r"G(z_1) \approx G(z_2)", "Metz et al., Unrolled Generative Adversarial Networks, 2017"),
    "vanishing": Term("Vanishing gradient", "D is so sure that its answer no longer tells G which way to go.",
                      r"\nabla_z \log(1 - D(G(z))) \to 0",
                      "Arjovsky and Bottou, Towards Principled Methods for Training GANs, 2017"),
    "unrolled": Term("Unrolled D", "G looks ahead: it learns from D as D would be after some more updates.",
                     r"L_G(\theta_G, \theta_D^{(k)})", "Metz et al., Unrolled Generative Adversarial Networks, 2017"),
    "ttur": Term("Two time scales (TTUR)", "D and G have learning rates of their own.", r"\eta_D \ne \eta_G",
                 "Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017"),
    "ema": Term("EMA", "An exponential moving average of G's weights. It makes calmer and better samples and does not "
                "change the training.", r"\bar\theta \leftarrow \beta \bar\theta + (1 - \beta)\, \theta",
                "Yazıcı et al., The Unusual Effectiveness of Averaging in GAN Training, 2019"),
    "smoothing": Term("One-sided label smoothing", "D is asked to be a little less than sure of real samples.",
                      r"y_{\text{real}} = 1 - \alpha", "Salimans et al., Improved Techniques for Training GANs, 2016"),
    "noise": Term("Instance noise", "Noise on all that D sees lets real and generated samples overlap.",
                  r"x + \epsilon,\quad \epsilon \sim \mathcal{N}(0, \sigma^2)",
                  "Sønderby et al., Amortised MAP Inference for Image Super-resolution, 2017"),
    "ada": Term("Adaptive augmentation (ADA)", "Real and generated images are changed alike before D sees them, more "
                "often where D overfits.", r"D(T(x)),\; D(T(G(z)))",
                "Karras et al., Training GANs with Limited Data, 2020"),
    "conditional": Term("Conditional GAN", "G and D are told the class, so one can ask for a class.", r"G(z, y)",
                        "Mirza and Osindero, Conditional Generative Adversarial Nets, 2014"),
    "fid": Term("FID", "The distance of two clouds of image features, by their means and covariances. Less is better.",
                r"\lVert \mu_r - \mu_g \rVert^2 + \operatorname{tr}(\Sigma_r + \Sigma_g - 2 (\Sigma_r \Sigma_g)^{1/2})",
                "Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017"),
    "kid": Term("KID", "Like FID, but by a kernel; its mean does not depend on how many images are compared.",
                r"\mathrm{MMD}^2", "Bińkowski et al., Demystifying MMD GANs, 2018"),
    "precision": Term("Precision and recall", "Precision: how many generated samples look real. Recall: how many real "
                      "ones G could have made.", "",
                      "Kynkäänniemi et al., Improved Precision and Recall Metric, 2019"),
    "interpolation": Term("Interpolation", "The way from one z to another: straight (lerp), or along the sphere on "
                          "which z lies (slerp).",
                          r"\tfrac{\sin((1-t)\omega)}{\sin\omega} z_1 + \tfrac{\sin(t\omega)}{\sin\omega} z_2",
                          "White, Sampling Generative Networks, 2016"),
    "direction": Term("Direction", "A vector in the latent space along which one property of the samples changes.",
                      r"G(z + a\,v)", "Härkönen et al., GANSpace, 2020"),
    "arithmetic": Term("Latent arithmetic", "Sums and differences of z that add and take away properties.",
                       r"\bar z_A - \bar z_B + \bar z_C",
                       "Radford et al., Unsupervised Representation Learning with DCGANs, 2016"),
    "truncation": Term("Truncation", "Drawing z nearer to the middle: better samples, less variety.", r"z' = \psi z",
                       "Brock et al., Large Scale GAN Training, 2019"),
    "inversion": Term("Inversion", "Finding the z from which G makes a given picture.",
                      r"\min_z \lVert G(z) - x \rVert^2",
                      "Creswell and Bharath, Inverting the Generator of a GAN, 2018"),
    "memorisation": Term("Memorisation", "G copies training samples in place of making new ones.",
                         r"\min_i \lVert G(z) - x_i \rVert \approx 0",
                         "Webster et al., Detecting Overfitting of Deep Generative Networks, 2019"),
}  # fmt: skip


def tip(key: str) -> str:
    """A term as the Markdown of a tooltip."""
    term = TERMS[key]
    parts = [f"**{_(term.name)}.** {_(term.sentence)}", f"${term.formula}$" if term.formula else "", f"*{term.paper}*"]
    return "\n\n".join(part for part in parts if part)
