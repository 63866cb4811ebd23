"""Laws of encoding, with any embedder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory.embed import Embedder, Encoder, open_embedder
from omnimemory.embed.encoder import BATCH_TEXTS
from omnimemory.embed.hashing import HashEmbedder
from omnimemory.embed.minilm import MiniLMEmbedder
from omnimemory.embed.sentence_transformers import SentenceTransformersEmbedder
from omnimemory.errors import EmbedderError, InputError, MissingExtraError

TEXTS = st.lists(st.text(max_size=40), max_size=8)


class Fixed:
    """Gives back whatever it was told to."""

    name = "fixed"

    def __init__(self, answer: Any, dim: Any = 2) -> None:
        self.dim = dim
        self.answer = answer
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Any:
        self.asked += texts
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer(len(texts)) if callable(self.answer) else self.answer


def ones(dim: int) -> Callable[[int], Any]:
    return lambda n: np.ones((n, dim))


@given(TEXTS)
def test_each_text_has_its_own_unit_vector_whatever_stands_beside_it(texts: list[str]) -> None:
    encoder = Encoder(HashEmbedder())
    together = encoder.encode(texts)
    assert together.shape == (len(texts), 256)
    assert together.dtype == np.float32
    alone = [Encoder(HashEmbedder()).encode([text])[0] for text in texts]
    for mine, own in zip(together, alone, strict=True):
        assert np.array_equal(mine, own)
        length = float(np.linalg.norm(mine))
        assert length == pytest.approx(1, abs=1e-5) or length == 0


def test_hashing_knows_spellings() -> None:
    ask, near, far = Encoder(HashEmbedder()).encode(["refund", "refunds", "delivery"])
    assert ask @ near > 0.5 > ask @ far


def test_a_text_is_encoded_once() -> None:
    """Within a batch, and when it comes again."""
    embedder = Fixed(ones(2))
    encoder = Encoder(embedder)
    encoder.encode(["a", "b", "a"])
    encoder.encode(["b", "c"])
    assert embedder.asked == ["a", "b", "c"]


def test_progress_is_told_after_each_batch() -> None:
    told: list[int] = []
    Encoder(HashEmbedder(8)).encode(["x"] * (BATCH_TEXTS + 5), on_progress=told.append)
    assert told == [BATCH_TEXTS, BATCH_TEXTS + 5]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.ones((2, 3)), "shape"),
        (np.ones((1, 2)), "shape"),
        (np.ones(2), "shape"),
        (None, "shape"),
        ([[1.0], [1.0, 2.0]], "failed"),
        (np.array([[1, 2], [np.nan, 1]]), "position 1"),
        (np.array([[np.inf, 2], [1, 1]]), "position 0"),
        (np.array([["a", "b"], ["c", "d"]]), "float32 is wanted"),
        (RuntimeError("out of memory"), "out of memory"),
    ],
)
def test_what_is_no_vector_of_each_text_is_one_clear_error(answer: Any, message: str) -> None:
    with pytest.raises(EmbedderError, match=message):
        Encoder(Fixed(answer)).encode(["a", "b"])


def test_numbers_of_any_size_become_unit_vectors() -> None:
    big = Encoder(Fixed(np.array([[3e30, 4e30], [3e-30, 4e-30]]))).encode(["a", "b"])
    assert np.allclose(big, [[0.6, 0.8], [0.6, 0.8]])


@pytest.mark.parametrize("dim", [0, -1, True, "2", 2.0])
def test_a_size_that_is_none_is_refused(dim: Any) -> None:
    with pytest.raises(InputError, match="dim is"):
        Encoder(Fixed(None, dim))


def test_an_object_without_encode_is_no_embedder() -> None:
    wrong: Any = object()
    with pytest.raises(InputError, match="no embedder"):
        Encoder(wrong)


def test_a_model_is_known_by_its_vectors_not_by_its_name() -> None:
    probe = Encoder(HashEmbedder(16)).probe()
    assert Encoder(HashEmbedder(16)).knows(probe)
    assert not Encoder(Fixed(ones(16), 16)).knows(probe)
    assert not Encoder(HashEmbedder(32)).knows(probe)


@pytest.mark.parametrize("name", ["", "nonsense", "sentence-transformers:"])
def test_a_name_that_nobody_has_tells_which_there_are(name: str) -> None:
    with pytest.raises(InputError, match="'minilm'"):
        open_embedder(name)


def test_names_and_objects_mean_embedders() -> None:
    mine = HashEmbedder(8)
    assert open_embedder(mine) is mine
    assert open_embedder(None) is None
    assert isinstance(open_embedder("hash"), HashEmbedder)
    for found in (open_embedder("minilm"), open_embedder("auto")):
        assert isinstance(found, MiniLMEmbedder)
        assert isinstance(found, Embedder)


def test_sentence_transformers_names_its_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"omnimemory-graph\[sentence-transformers\]"):
        open_embedder("sentence-transformers:all-MiniLM-L6-v2")


class SentenceTransformer:
    """Stands in for the class of sentence-transformers, which brings gigabytes with it.

    Its parameters are those that version 5 documents, so that another use of it fails;
    `make test-sentence-transformers` tests the package itself.
    """

    def __init__(
        self,
        model_name_or_path: str,
        *,
        device: str | None = None,
        local_files_only: bool = False,
    ) -> None:
        self.made = (model_name_or_path, device, local_files_only)

    def encode(
        self,
        sentences: list[str],
        *,
        batch_size: int = 32,
        show_progress_bar: bool | None = None,
        convert_to_numpy: bool = True,
        normalize_embeddings: bool = False,
    ) -> Any:
        assert convert_to_numpy
        assert normalize_embeddings
        assert not show_progress_bar
        assert isinstance(sentences, list)
        return np.array([[len(one), 1, 0] for one in sentences], dtype=np.float32)


def test_a_model_of_sentence_transformers_is_an_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is loaded from this machine only, unless its fetching is asked for."""
    module: Any = ModuleType("sentence_transformers")
    module.SentenceTransformer = SentenceTransformer
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    embedder = open_embedder("sentence-transformers:intfloat/e5-small")
    assert isinstance(embedder, SentenceTransformersEmbedder)
    assert embedder._model.made == ("intfloat/e5-small", None, True)
    assert (embedder.name, embedder.dim) == ("sentence-transformers:intfloat/e5-small", 3)
    assert Encoder(embedder).encode(["a", "bbb"]).shape == (2, 3)
    fetched = SentenceTransformersEmbedder("m", fetch=True, device="cpu")
    assert fetched._model.made == ("m", "cpu", False)


def test_a_folder_without_weights_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no model\.onnx"):
        open_embedder(f"minilm:{tmp_path}")


def test_minilm_knows_meanings() -> None:
    encoder = Encoder(MiniLMEmbedder())
    ask, near, far = encoder.encode(
        ["why was my card declined", "payment was refused by the bank", "the parcel is late"]
    )
    assert encoder.dim == 384
    assert ask @ near > 0.4 > ask @ far


def test_minilm_takes_any_text() -> None:
    texts = ["", "\0", "🦊" * 50, "退款还没有到账", "word " * 5_000]
    vectors = Encoder(MiniLMEmbedder()).encode(texts)
    assert np.isfinite(vectors).all()
