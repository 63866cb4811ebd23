"""Which mail addresses are the tenant's own: as told, or guessed from who takes part in what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from omnimemory.errors import InputError
from omnimemory.identity.normal import ROLES
from omnimemory.sources._threads import Letter, Thread

_PUBLIC: Final = frozenset(
    "aol.com comcast.net fastmail.com free.fr gmail.com gmx.com gmx.de gmx.net googlemail.com "
    "hey.com hotmail.com icloud.com libero.it live.com mac.com mail.com mail.ru me.com msn.com "
    "orange.fr outlook.com pm.me proton.me protonmail.com qq.com t-online.de ukr.net web.de "
    "yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.ru ymail.com zoho.com 126.com 163.com".split()
)
"""Domains where anybody can have an address."""


class Ours(msgspec.Struct, frozen=True):
    """Addresses and domains of the tenant."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: str | Iterable[str]) -> Ours:
        """Return what these addresses and domains mean; a domain may begin with ``@``.

        Raises:
            InputError: One is neither.
        """
        folded = [_check(name) for name in ([names] if isinstance(names, str) else names)]
        whole = frozenset(name for name in folded if name.partition("@")[0] and "@" in name)
        return cls(whole, frozenset(name.lstrip("@") for name in folded if name not in whole))

    def __contains__(self, address: str) -> bool:
        folded = address.casefold()
        return folded in self.addresses or folded.rpartition("@")[2] in self.domains


def _check(name: object) -> str:
    if isinstance(name, str) and "." in name.rpartition("@")[2]:
        return name.strip().casefold()
    raise InputError(f"{name!r} in ours is neither an address nor a domain such as '@acme.com'")


def guess(letters: Sequence[Letter], threads: Mapping[str, Thread]) -> Ours:
    """Return whose mailbox this must be; the rule stands in `omnimemory.sources.mbox`.

    Args:
        letters: The mails, in any order.
        threads: Each mail's thread, by the mail's id.
    """
    took_part: dict[str, set[str]] = {}
    for letter in letters:
        for address in letter.people:
            took_part.setdefault(address, set()).add(threads[letter.id].id)
    count = len({thread.id for thread in threads.values()})
    roles = {
        address
        for address, seen in took_part.items()
        if address.partition("@")[0] in ROLES and 2 * len(seen) >= count
    }
    chosen = roles or _most_present(letters, threads)
    domains = {address.rpartition("@")[2] for address in chosen}
    return Ours(frozenset(chosen), frozenset(domains - _PUBLIC))


def _most_present(letters: Sequence[Letter], threads: Mapping[str, Thread]) -> set[str]:
    present = Counter(address for letter in letters for address in letter.people)
    written_to = {address for letter in letters for address in letter.people - {letter.sender}}
    opened = Counter(one.sender for one in letters if threads[one.id].id == one.id)
    sent = Counter(letter.sender for letter in letters)

    def rank(address: str) -> tuple[int, int, int, str]:
        return -present[address], opened[address], sent[address], address

    most = min(written_to, key=rank, default="")
    return {most} if most and 2 * present[most] >= len(letters) else set()
