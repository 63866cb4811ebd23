"""The package sentence-transformers itself, on a model with random weights that is made here.

`make test-sentence-transformers` runs this, in an environment that has the package.
"""

from __future__ import annotations

import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import torch  # pyright: ignore[reportMissingImports]
import transformers  # pyright: ignore[reportMissingImports]

import omnimemory
from omnimemory.embed import open_embedder
from omnimemory.embed.encoder import Encoder
from omnimemory.errors import InputError
from omnimemory.model.records import Message, Person

DIM = 32
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small BERT that cuts texts into letters."""
    out = tmp_path_factory.mktemp("model")
    letters = string.ascii_lowercase
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters)]
    (out / "vocab.txt").write_text("\n".join(pieces))
    hub: Any = transformers
    hub.BertTokenizerFast(vocab_file=str(out / "vocab.txt")).save_pretrained(out)
    torch.manual_seed(1)
    shape = hub.BertConfig(
        vocab_size=len(pieces),
        hidden_size=DIM,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=DIM,
    )
    hub.BertModel(shape).save_pretrained(out)
    return out


def test_a_model_in_a_folder_gives_unit_vectors(folder: Path) -> None:
    embedder = open_embedder(f"sentence-transformers:{folder}")
    assert embedder is not None
    assert embedder.dim == DIM
    vectors = Encoder(embedder).encode(["refund", "a late parcel", ""])
    assert vectors.shape == (3, DIM)
    assert (vectors**2).sum(1) == pytest.approx(1.0, abs=1e-5)


def test_a_memory_searches_with_it(folder: Path) -> None:
    embedder = f"sentence-transformers:{folder}"
    with omnimemory.connect("sqlite://", tenant="acme", embedder=embedder) as memory:
        dana = Person(email="dana@example.org")
        texts = ["the parcel is late", "my card was declined"]
        memory.ingest(
            Message(source="chat", id=text, author=dana, occurred_at=NOON, text=text)
            for text in texts
        )
        assert memory.search("card declined")[0].title == texts[1]


def test_a_model_that_is_not_here_is_one_clear_error() -> None:
    with pytest.raises(InputError, match="fetch=True"):
        open_embedder("sentence-transformers:nobody/has-this")
