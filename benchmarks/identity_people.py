"""Made-up people: names, homes, companies and identifiers, and which of them they share.

Names, streets and days of birth are drawn from a FEBRL file by their frequency, so that more
people means more namesakes, as in a country.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from benchmarks.identity_dice import Dice, bare

_FREE = {
    "gmail.com": 42, "hotmail.com": 16, "outlook.com": 11, "yahoo.com": 9, "icloud.com": 8,
    "bigpond.com": 6, "optusnet.com.au": 3, "proton.me": 2,
}  # fmt: skip
_COMPANY = (
    "Acme Globex Initech Juniper Kestrel Lumen Meridian Nimbus Northwind Opal Orchid Pioneer "
    "Quartz Redgum Solstice Tundra Umbra Vertex".split(),
    "Consulting Dental Electrical Foods Health Legal Logistics Media Mining Plumbing Systems "
    "Travel".split(),
)
_FANCY = (
    "blue budge coffee cosmic crazy happy lucky metal moon ninja pixel retro river storm sugar "
    "sunny super surf tiger wild".split()
)
_ROLES = ("accounts", "admin", "info", "sales", "support")
_AREAS = ("02", "03", "07", "08")


@dataclass
class Somebody:
    """A person: what is true of them, and what they share with others."""

    number: int
    given: str
    surname: str
    born: str
    street: str
    postcode: str
    emails: list[str] = field(default_factory=list[str])
    mobiles: list[str] = field(default_factory=list[str])
    desks: list[str] = field(default_factory=list[str])
    devices: list[str] = field(default_factory=list[str])
    shared_emails: list[str] = field(default_factory=list[str])
    handle: str | None = None
    app: str | None = None
    crm: str | None = None
    company: str | None = None
    new_surname: str | None = None


class People(Dice):
    """Draws people.

    Args:
        random: What they are drawn with.
        pool: Rows of a FEBRL file.
    """

    def __init__(self, random: Random, pool: Sequence[Mapping[str, str]]) -> None:
        super().__init__(random)
        self.given = [row["given_name"] for row in pool if row["given_name"]]
        self.surnames = [row["surname"] for row in pool if row["surname"]]
        self.places = [row for row in pool if row["address_1"] and row["date_of_birth"]]
        self._taken: set[str] = set()

    def people(self, count: int) -> list[Somebody]:
        """Return so many people, of whom some live or work together."""
        out = [self._somebody(number) for number in range(count)]
        self._households(out)
        self._companies(out)
        for one in out:
            if self.chance(0.02) and one.mobiles:
                one.mobiles[0] = self.random.choice(out[: one.number + 1]).mobiles[0]
        kiosks = [f"dev-kiosk{n:03}" for n in range(max(count // 800, 1))]
        for one in out:
            if self.chance(0.03):
                one.devices.append(self.random.choice(kiosks))
        return out

    def _somebody(self, number: int) -> Somebody:
        place = self.random.choice(self.places)
        one = Somebody(
            number,
            self.random.choice(self.given),
            self.random.choice(self.surnames),
            place["date_of_birth"],
            f"{self.random.randint(1, 200)} {place['address_1']}",
            place["postcode"],
        )
        one.emails = [self._email(one) for _ in range(self.count(0.5, 0.32, 0.18))]
        one.mobiles = [self.digits("04") for _ in range(self.count(0.75, 0.25))]
        one.devices = [f"dev-{self.random.getrandbits(64):016x}"
                       for _ in range(self.count(0.4, 0.3, 0.15, 0.15))]  # fmt: skip
        one.handle = self._handle(one) if self.chance(0.46) else None
        one.app = f"app:{100_000 + number}" if self.chance(0.48) else None
        one.crm = f"crm:c{self.random.randrange(10**6)}-{number}" if self.chance(0.34) else None
        one.new_surname = self.random.choice(self.surnames) if self.chance(0.03) else None
        return one

    def _households(self, people: Sequence[Somebody]) -> None:
        """Give some neighbours in the list one surname, address, landline, address and device."""
        rest = iter(people)
        for first in rest:
            if not self.chance(0.17):
                continue
            home = [first, *islice(rest, self.count(0.6, 0.4))]
            line, device = self.digits(self.random.choice(_AREAS)), first.devices[0]
            family = self.random.choice((f"the{first.surname}s", f"{first.surname}.family",
                                         f"{first.surname}home"))  # fmt: skip
            email = f"{bare(family)}@{self._free()}" if self.chance(0.3) else None
            for one in home:
                one.surname = first.surname
                one.street, one.postcode = first.street, first.postcode
                if self.chance(0.6):
                    one.desks.append(line)
                if email is not None:
                    one.shared_emails.append(email)
                if self.chance(0.3):
                    one.devices.append(device)

    def _companies(self, people: Sequence[Somebody]) -> None:
        """Give some people a company: its switchboard, role address and addresses of their own."""
        staff = [one for one in people if self.chance(0.18)]
        self.random.shuffle(staff)
        while staff:
            name = " ".join(map(self.random.choice, _COMPANY))
            number = self.random.randrange(max(len(people) // 40, 100))
            ending = self.random.choice((".com", ".com.au", ".net.au"))
            domain = f"{name.replace(' ', '').lower()}{number}{ending}"
            line, role = self.digits(self.random.choice(_AREAS)), self.random.choice(_ROLES)
            size = self.random.randint(4, 14)
            for one in staff[:size]:
                one.company = name + self.random.choice(("", " Pty Ltd"))
                one.emails.append(f"{one.given[0]}.{bare(one.surname)}@{domain}")
                if self.chance(0.9):
                    one.desks.append(line)
                if self.chance(0.25):
                    one.shared_emails.append(f"{role}@{domain}")
            del staff[:size]

    def _email(self, one: Somebody) -> str:
        """Return an address at a provider, which gives none to two people."""
        given, surname = bare(one.given), bare(one.surname)
        while True:
            number = self.random.randint(1, 99)
            forms = {
                f"{given}.{surname}": 28, f"{given}{surname}": 13, f"{given}{number}": 9,
                f"{given[0]}{surname}{number}": 11, f"{surname}.{given}{number}": 6,
                f"{given[0]}{surname}": 2,
                f"{self._fancy()}{self._fancy()}{self.random.randint(10, 999)}": 17,
            }  # fmt: skip
            local = self.random.choices(list(forms), list(forms.values()))[0]
            if self._is_free(email := f"{local}@{self._free()}"):
                return email

    def _is_free(self, name: str) -> bool:
        """Return whether nobody has an address or handle yet, dots aside; then it is taken."""
        plain = name.replace(".", "")
        if plain in self._taken:
            return False
        self._taken.add(plain)
        return True

    def _handle(self, one: Somebody) -> str:
        given, surname = bare(one.given), bare(one.surname)
        platform = self.random.choices(("twitter", "instagram", "facebook"), (55, 25, 20))[0]
        while True:
            name = self.random.choice(
                (f"{given}_{surname}", f"{given}{self.random.randint(100, 999)}",
                 f"{self._fancy()}_{self._fancy()}{self.random.randint(10, 99)}")
            )  # fmt: skip
            if self._is_free(handle := f"{platform}:@{name}"):
                return handle

    def _fancy(self) -> str:
        return self.random.choice(_FANCY)

    def _free(self) -> str:
        return self.random.choices(list(_FREE), list(_FREE.values()))[0]
