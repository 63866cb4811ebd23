"""Finds the embedder that a name means; the only module that knows each of ours."""

from __future__ import annotations

from typing import Final

from omnimemory.embed.base import Embedder
from omnimemory.errors import InputError

_PREFIX: Final = "sentence-transformers:"


def open_embedder(embedder: Embedder | str | None) -> Embedder | None:
    """Return the embedder that is meant.

    * ``"minilm"`` is all-MiniLM-L6-v2 on ONNX Runtime, ``"minilm:FOLDER"`` from a folder.
    * ``"hash"`` needs no model and knows spellings only.
    * ``"sentence-transformers:MODEL"`` is a model in a folder or in the hub's cache.
    * ``"auto"`` is ``"minilm"`` where it is installed, and none elsewhere.
    * An object is itself, and None is none.

    Raises:
        InputError: No embedder has that name.
        MissingExtraError: What it needs is not installed; nothing is fetched.
    """
    if embedder is None or not isinstance(embedder, str):
        return embedder
    if embedder == "auto":
        return _auto()
    if embedder == "hash":
        return _hash()
    if embedder == "minilm" or embedder.startswith("minilm:"):
        return _minilm(embedder.partition(":")[2] or None)
    if embedder.startswith(_PREFIX) and len(embedder) > len(_PREFIX):
        return _sentence_transformers(embedder.removeprefix(_PREFIX))
    raise InputError(
        f"no embedder {embedder!r}; known: 'auto', 'hash', 'minilm', 'minilm:FOLDER', "
        "'sentence-transformers:MODEL', or an object with name, dim and encode(texts)"
    )


def _auto() -> Embedder | None:
    from omnimemory.embed.minilm import installed  # noqa: PLC0415

    return _minilm(None) if installed() else None


def _hash() -> Embedder:
    from omnimemory.embed.hashing import HashEmbedder  # noqa: PLC0415

    return HashEmbedder()


def _minilm(folder: str | None) -> Embedder:
    from omnimemory.embed.minilm import MiniLMEmbedder  # noqa: PLC0415

    return MiniLMEmbedder(folder)


def _sentence_transformers(model: str) -> Embedder:
    from omnimemory.embed.sentence_transformers import (  # noqa: PLC0415
        SentenceTransformersEmbedder,
    )

    return SentenceTransformersEmbedder(model)
