"""Any model that the package sentence-transformers can load."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from omnimemory.errors import MissingExtraError

if TYPE_CHECKING:
    from omnimemory.embed.base import Vectors


class SentenceTransformersEmbedder:
    """Turns texts into vectors with a model of sentence-transformers.

    Args:
        model: Its name or folder.
        fetch: Whether it may be fetched from the hub; else it must be in a folder or the cache.
        options: What `SentenceTransformer` takes besides, such as ``device="cpu"``.

    Raises:
        MissingExtraError: sentence-transformers is not installed.
    """

    def __init__(self, model: str, *, fetch: bool = False, **options: Any) -> None:
        try:
            loaded: Any = import_module("sentence_transformers")
        except ImportError as error:
            raise MissingExtraError(
                "sentence-transformers", extra="sentence-transformers"
            ) from error
        self._model = loaded.SentenceTransformer(model, local_files_only=not fetch, **options)
        self.name = f"sentence-transformers:{model}"
        self.dim = int(self._model.get_sentence_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._model.encode(
            list(texts), convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
        )
