"""Any model that the package sentence-transformers can load."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from omnimemory.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from omnimemory.embed.base import Vectors


class SentenceTransformersEmbedder:
    """Turns texts into vectors with a model of sentence-transformers.

    Args:
        model: Its name or folder.
        fetch: Whether it may be fetched from the hub; else it must be in a folder or the cache.
        options: What `SentenceTransformer` takes besides, such as ``device="cpu"``.

    Raises:
        InputError: The model is neither a folder nor in the cache of this machine.
        MissingExtraError: sentence-transformers is not installed.
    """

    def __init__(self, model: str, *, fetch: bool = False, **options: Any) -> None:
        try:
            loaded: Any = import_module("sentence_transformers")
        except ImportError as error:
            raise MissingExtraError(
                "sentence-transformers", extra="sentence-transformers"
            ) from error
        try:
            self._model = loaded.SentenceTransformer(model, local_files_only=not fetch, **options)
        except OSError as error:
            raise InputError(
                f"sentence-transformers cannot load {model!r}; name a folder that holds a model, "
                "or fetch one with SentenceTransformersEmbedder(MODEL, fetch=True)"
            ) from error
        self.name = f"sentence-transformers:{model}"
        self.dim = self.encode([""]).shape[1]

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._model.encode(
            list(texts), convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
        )
