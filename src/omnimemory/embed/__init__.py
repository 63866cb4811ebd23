"""Texts to vectors: who can do it, and what is expected of whoever does."""

from omnimemory.embed.base import Embedder
from omnimemory.embed.encoder import Encoder
from omnimemory.embed.registry import open_embedder

__all__ = ["Embedder", "Encoder", "open_embedder"]
