"""GAN Playground: train a GAN live and walk through its latent space."""

__version__ = "0.1.0"
