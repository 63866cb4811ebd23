"""What word pieces are kept by: the directions in which those of some dialogues lie furthest.

Prints how much of the pieces' length stands in them, and writes them to `embed/directions.npy`.

    python -m benchmarks.late_directions --data star_dev.jsonl [--write]
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Final

import numpy as np

import omnimemory
from omnimemory.embed import late
from omnimemory.embed.minilm import MiniLMEmbedder

_TEXTS: Final = 1_500
_LEAST_CHARACTERS: Final = 20
_DIRECTIONS: Final = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    pieces = np.concatenate(MiniLMEmbedder().pieces(drawn(given.data)))
    lengths, directions = np.linalg.eigh(pieces.T @ pieces / len(pieces))
    print(f"{lengths[-_DIRECTIONS:].sum() / lengths.sum():.2f} of {len(pieces)} pieces")
    if given.write:
        path = Path(omnimemory.__file__).parent / "embed" / late.DIRECTIONS
        np.save(path, directions[:, : -_DIRECTIONS - 1 : -1].astype(np.float16))


def drawn(path: Path) -> list[str]:
    """Return some of the longer texts of the dialogues, each once, the same every time."""
    lines = path.read_text().splitlines()
    texts = [event.get("text", "") for line in lines for event in json.loads(line)["events"]]
    long = [text for text in dict.fromkeys(texts) if len(text) > _LEAST_CHARACTERS]
    return random.Random(0).sample(long, min(_TEXTS, len(long)))


if __name__ == "__main__":
    main()
