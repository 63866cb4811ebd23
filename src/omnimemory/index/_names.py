"""Which passage each number of an index stands for, by its id and by its text.

Arrays hold what is settled, so that a million names open at once; dictionaries hold what has
come since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from importlib import import_module
from typing import Any, Final

from omnimemory.index.kept import kept
from omnimemory.model.facts import owner

PARTS: Final = {"ids": "u1", "ends": "<i8", "marks": "<u8", "owners": "<u8"}
"""The arrays that a file keeps, and their types."""

_LEAST_SETTLED: Final = 20_000
_ALL_MARKS: Final = 1 << 64


def mark(id: str, text: str) -> int:
    """Return what stands for a passage with this very text."""
    return _mark((id, text))


@kept
def _mark(passage: tuple[str, str]) -> int:
    return _hash("\0".join(passage))


def least_marks(marks: Any, many: int) -> Any:
    """Return the positions of so many of the least marks, of which there are more.

    Marks are hashes, so there are about as many below a bound as the bound tells, and only
    these need be looked at.
    """
    bound = 2 * _ALL_MARKS * many // len(marks)
    few = (marks < marks.dtype.type(bound)).nonzero()[0] if bound < _ALL_MARKS else ()
    if len(few) < many:
        return marks.argpartition(many - 1)[:many]
    return few[marks[few].argpartition(many - 1)[:many]]


class Names:
    """Passages by number, from 0 up; a forgotten one leaves a hole until `compact`."""

    def __init__(self) -> None:
        self._np: Any = import_module("numpy")
        self._settle([], [])

    def __len__(self) -> int:
        return self.used - self.holes

    @property
    def used(self) -> int:
        """The first number that was never given."""
        return len(self._marks) + len(self._new_ids)

    def add(self, passages: Iterable[tuple[str, int]]) -> None:
        """Take the ids and marks of passages, under the next numbers."""
        for number, (id, told) in enumerate(passages, self.used):
            self._new_ids.append(id)
            self._new_marks.append(told)
            self._by_mark[told] = number
            self._by_owner.setdefault(_hash(owner(id)), []).append(number)

    def id(self, number: int) -> str:
        """Return the id of the passage with a number; empty for a hole."""
        settled = len(self._marks)
        if number >= settled:
            return self._new_ids[number - settled]
        begin, end = self._place(number)
        return (
            self._ids[begin:end].tobytes().decode("utf-8", "surrogatepass") if begin < end else ""
        )

    def mark(self, number: int) -> int:
        """Return the mark of the passage with a number; 0 for a hole."""
        settled = len(self._marks)
        return int(self._marks[number]) if number < settled else self._new_marks[number - settled]

    def marks(self, numbers: Sequence[int]) -> Any:
        """Return the marks of the passages with these numbers, as an array; 0 for a hole."""
        np = self._np
        wanted, settled = np.asarray(numbers, dtype=np.int64), len(self._marks)
        is_old = wanted < settled
        if is_old.all():
            return self._marks[wanted]
        out = np.empty(len(wanted), dtype="<u8")
        out[is_old] = self._marks[wanted[is_old]]
        out[~is_old] = [self._new_marks[one - settled] for one in wanted[~is_old].tolist()]
        return out

    def number(self, told: int) -> int | None:
        """Return the number of the passage with this mark, if it is here."""
        return self.numbers([told])[0]

    def numbers(self, told: Sequence[int]) -> list[int | None]:
        """Return the number of the passage with each mark; None for one that is not here."""
        out = [self._by_mark.get(one) for one in told]
        if not len(self._marks) or None not in out:
            return out
        at = self._np.searchsorted(self._sorted_marks, self._np.array(told, dtype="<u8"))
        places = self._in_marks[self._np.minimum(at, len(self._marks) - 1)]
        marks = self._marks[places].tolist()
        for position, (place, mark) in enumerate(zip(places.tolist(), marks, strict=True)):
            if out[position] is None and mark == told[position]:
                out[position] = place
        return out

    def told(self, numbers: Sequence[int]) -> list[tuple[str, int]]:
        """Return the id and the mark of the passage with each number; both empty for a hole."""
        settled = len(self._marks)
        old = self._np.array([one for one in numbers if one < settled], dtype=self._np.int64)
        ends = self._ends[old].tolist()
        begins = self._np.where(old > 0, self._ends[old - 1], 0).tolist()
        raw, marks = memoryview(self._ids), self._marks[old].tolist()
        known = iter(
            [
                (str(raw[begin:end], "utf-8", "surrogatepass") if told else "", told)
                for begin, end, told in zip(begins, ends, marks, strict=True)
            ]
        )
        return [
            next(known)
            if one < settled
            else (self._new_ids[one - settled], self._new_marks[one - settled])
            for one in numbers
        ]

    def of(self, owners: Iterable[str]) -> list[int]:
        """Return the numbers of what belongs to these nodes, each once."""
        out: list[int] = []
        for id in dict.fromkeys(owners):
            hashed = _hash(id)
            out += self._at(self._sorted_owners, self._in_owners, hashed)
            out += self._by_owner.get(hashed, ())
        return [one for one in out if self.mark(one)]

    def beginning(self, prefixes: tuple[str, ...]) -> Any:
        """Return for each number whether the passage's id begins with one of these."""
        np = self._np
        known = self._begin.get(prefixes)
        if known is None:
            known = np.zeros(len(self._marks), dtype=bool)
            begins = np.concatenate([[0], self._ends[:-1]]) if len(self._ends) else self._ends
            for prefix in prefixes:
                known |= _begin(np, self._ids, begins, self._ends, prefix.encode())
        new = self._new_ids[len(known) - len(self._marks) :]
        if new:
            fresh = np.fromiter((id.startswith(prefixes) for id in new), dtype=bool)
            known = np.concatenate([known, fresh])
        self._begin[prefixes] = known
        return known

    def unlike(self, held: set[int]) -> list[int]:
        """Return the numbers of the passages whose mark is none of these."""
        marks = ((number, self.mark(number)) for number in range(self.used))
        return [number for number, told in marks if told and told not in held]

    def forget(self, numbers: Iterable[int]) -> None:
        """Overwrite the ids and marks of passages."""
        settled = len(self._marks)
        for number in numbers:
            self.holes += 1
            if number < settled:
                begin, end = self._place(number)
                self._ids[begin:end] = 0
                self._marks[number] = self._owners[number] = 0
            else:
                self._by_mark.pop(self._new_marks[number - settled], None)
                self._new_ids[number - settled] = ""
                self._new_marks[number - settled] = 0

    def settle(self) -> None:
        """Put what has come into the arrays, where it is much."""
        if len(self._new_ids) > max(_LEAST_SETTLED, len(self._marks) // 4):
            self._join()

    def compact(self) -> list[int]:
        """Number the passages anew from 0, without holes; return their earlier numbers."""
        kept = [number for number in range(self.used) if self.mark(number)]
        self._settle([self.id(one) for one in kept], [self.mark(one) for one in kept])
        return kept

    def parts(self) -> dict[str, Any]:
        """Return the arrays, by the names of `PARTS`, for a file."""
        self._join()
        return {
            "ids": self._ids,
            "ends": self._ends,
            "marks": self._marks,
            "owners": self._owners,
        }

    def restore(self, parts: Mapping[str, Any]) -> None:
        """Take the arrays of a file.

        Raises:
            ValueError: They do not belong together.
        """
        ends = parts["ends"]
        fits = len(ends) == len(parts["marks"]) == len(parts["owners"])
        last = int(ends[-1]) if len(ends) else 0
        if not fits or last != len(parts["ids"]) or bool((self._np.diff(ends) < 0).any()):
            raise ValueError
        self._take(parts["ids"], ends, parts["marks"], parts["owners"])

    def _join(self) -> None:
        np = self._np
        ids, ends, marks, owners = self._arrays(self._new_ids, self._new_marks)
        last = self._ends[-1] if len(self._ends) else 0
        self._take(
            np.concatenate([self._ids, ids]),
            np.concatenate([self._ends, ends + last]),
            np.concatenate([self._marks, marks]),
            np.concatenate([self._owners, owners]),
        )

    def _settle(self, ids: Sequence[str], marks: Sequence[int]) -> None:
        self._take(*self._arrays(ids, marks))

    def _arrays(self, ids: Sequence[str], marks: Sequence[int]) -> tuple[Any, Any, Any, Any]:
        np = self._np
        raw = [id.encode("utf-8", "surrogatepass") for id in ids]
        return (
            np.frombuffer(b"".join(raw), dtype="u1"),
            np.cumsum([len(one) for one in raw], dtype="<i8"),
            np.array(marks, dtype="<u8"),
            np.array([_hash(owner(id)) if id else 0 for id in ids], dtype="<u8"),
        )

    def _take(self, ids: Any, ends: Any, marks: Any, owners: Any) -> None:
        np = self._np
        self._ids, self._ends, self._marks, self._owners = ids.copy(), ends, marks, owners
        self._in_marks = np.argsort(marks, kind="stable").astype("<i4")
        self._in_owners = np.argsort(owners, kind="stable").astype("<i4")
        self._sorted_marks = marks[self._in_marks]
        self._sorted_owners = owners[self._in_owners]
        self.holes = int(np.count_nonzero(marks == 0))
        self._new_ids: list[str] = []
        self._new_marks: list[int] = []
        self._by_mark: dict[int, int] = {}
        self._by_owner: dict[int, list[int]] = {}
        self._begin: dict[tuple[str, ...], Any] = {}

    def _place(self, number: int) -> tuple[int, int]:
        """Return where the bytes of an id begin and end; nowhere for a hole."""
        end = int(self._ends[number]) if self._marks[number] else 0
        return (int(self._ends[number - 1]) if number and end else 0), end

    def _at(self, rising: Any, order: Any, wanted: int) -> list[int]:
        """Return where a value stands, given the values in rising order and their places."""
        value = rising.dtype.type(wanted)
        begin, end = self._np.searchsorted(rising, value, side="left"), len(rising)
        if begin < end and rising[begin] == value:
            end = self._np.searchsorted(rising, value, side="right")
            return order[begin:end].tolist()
        return []


def _begin(np: Any, ids: Any, begins: Any, ends: Any, prefix: bytes) -> Any:
    """Return which of the ids that lie in one row of bytes begin with a prefix."""
    out = ends - begins >= len(prefix)
    for at, byte in enumerate(prefix):
        left = np.flatnonzero(out)
        out[left] = ids[begins[left] + at] == byte
    return out


def _hash(text: str) -> int:
    raw = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "little") or 1
