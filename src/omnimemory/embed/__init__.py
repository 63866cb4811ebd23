"""Models from outside: texts to vectors, and texts to how well they answer."""

from omnimemory.embed.base import Embedder
from omnimemory.embed.encoder import Encoder
from omnimemory.embed.registry import open_embedder
from omnimemory.embed.reranker import Reranker, open_reranker

__all__ = ["Embedder", "Encoder", "Reranker", "open_embedder", "open_reranker"]
