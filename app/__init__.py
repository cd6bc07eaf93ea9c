"""Muniment: a self-hosted governance catalog for AI models, datasets and experiments."""

__version__ = "0.1.0"
