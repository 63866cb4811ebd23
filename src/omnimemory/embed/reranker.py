"""What a reranker is: anything that tells how well texts answer a query, slower and better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from omnimemory.embed.base import Embedder
from omnimemory.errors import InputError, RerankerError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Rescore: TypeAlias = Callable[[str, Sequence[str]], list[float]]
"""Returns how well each text answers a query, checked."""


@runtime_checkable
class Reranker(Protocol):
    """Tells how well texts answer a query, such as a cross-encoder does."""

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one number a text, higher for better: float32 of shape ``(len(texts),)``.

        They are compared inside one query only.
        """
        ...


def open_reranker(
    reranker: Reranker | str | None, embedder: Embedder | None = None
) -> Reranker | None:
    """Return the reranker that is meant.

    ``"minilm"`` compares the word pieces of query and text one by one, with the model of the
    embedder of that name. An object is itself, and None is none.

    Args:
        reranker: What is meant.
        embedder: What makes vectors of the same texts; if it is ``"minilm"``, the model is
            loaded once, and a text is encoded once for both.

    Raises:
        InputError: There is no such reranker.
        MissingExtraError: What it needs is not installed.
    """
    if reranker == "minilm":
        from omnimemory.embed.late import LateInteraction  # noqa: PLC0415
        from omnimemory.embed.minilm import MiniLMEmbedder  # noqa: PLC0415

        return LateInteraction(embedder if isinstance(embedder, MiniLMEmbedder) else None)
    if isinstance(reranker, str):
        raise InputError(
            f"no reranker {reranker!r}; known: 'minilm', or an object with scores(query, texts)"
        )
    if reranker is not None and not isinstance(reranker, Reranker):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"{type(reranker).__name__} is no reranker; it needs scores(query, texts)")
    return reranker


def rescoring(reranker: Reranker) -> Rescore:
    """Return what asks a reranker and checks every answer of it.

    What it returns raises `RerankerError` where the reranker raised, or gave back what is no
    finite number for each text.
    """

    def rescore(query: str, texts: Sequence[str]) -> list[float]:
        np: Any = import_module("numpy")
        name = type(reranker).__name__
        try:
            raw = np.asarray(reranker.scores(query, texts))
        except Exception as error:
            raise RerankerError(f"{name} failed on {len(texts)} texts: {error}") from error
        if raw.shape != (len(texts),):
            raise RerankerError(
                f"{name} gave an array of shape {raw.shape} for {len(texts)} texts; "
                f"({len(texts)},) is wanted"
            )
        if raw.dtype.kind not in "fiu":
            raise RerankerError(f"{name} gave {raw.dtype} values; float32 is wanted")
        if bad := int(np.count_nonzero(~np.isfinite(raw))):
            raise RerankerError(f"{name} gave NaN or infinity for {bad} of {len(texts)} texts")
        return raw.astype(float).tolist()

    return rescore
