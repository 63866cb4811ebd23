"""Who is in the sample company: its accounts, their people, and those who answer them.

All of it is made up: domains end in ``.example`` or are ``example.org``, and telephone
numbers come from ranges that regulators set aside for fiction.
"""

from __future__ import annotations

from typing import Final, NamedTuple

VENDOR: Final = "Tillwright"
VENDOR_DOMAIN: Final = "tillwright.example"


class Account(NamedTuple):
    """A company that buys from Tillwright."""

    key: str
    name: str
    city: str
    country: str
    industry: str
    tier: str
    annual_value: int
    place: int

    @property
    def domain(self) -> str:
        """The domain of its mail addresses."""
        return f"{self.key}.example"

    @property
    def zendesk_id(self) -> int:
        """Its organization in Zendesk."""
        return 900_200_000 + self.place

    @property
    def hubspot_id(self) -> int:
        """Its company in HubSpot."""
        return 7_100 + self.place


class Customer(NamedTuple):
    """A person, as every system of Tillwright's would know them if they kept one list."""

    key: str
    first: str
    last: str
    account: str
    title: str
    email: str
    phone: str
    mobile: str
    language: str
    place: int

    @property
    def name(self) -> str:
        """First and last name, in the order of their language."""
        if self.language == "zh":
            return f"{self.last}{self.first}"
        return f"{self.first} {self.last}"

    @property
    def zendesk_id(self) -> int:
        """Their user in Zendesk."""
        return 900_100_100 + self.place

    @property
    def hubspot_id(self) -> int:
        """Their contact in HubSpot."""
        return 5_100 + self.place

    @property
    def user_id(self) -> str:
        """Their user in the product, as Segment names it."""
        return f"usr_{1_000 + self.place}"


class Agent(NamedTuple):
    """Somebody who works for Tillwright."""

    key: str
    name: str
    team: str
    role: str
    zendesk_id: int

    @property
    def email(self) -> str:
        """Their own address."""
        return f"{self.key}@{VENDOR_DOMAIN}"


TEAMS: Final = {"billing": 900_300_001, "technical": 900_300_002, "phone": 900_300_003}

AGENTS: Final = {
    agent.key: agent
    for agent in (
        Agent("kim", "Kim Osei", "billing", "agent", 900_100_001),
        Agent("luca", "Luca Brandt", "phone", "agent", 900_100_002),
        Agent("priya", "Priya Nair", "billing", "admin", 900_100_003),
        Agent("marek", "Marek Dvořák", "technical", "agent", 900_100_004),
        Agent("sofia", "Sofia Lindqvist", "phone", "agent", 900_100_005),
        Agent("tom", "Tom Adeyemi", "technical", "agent", 900_100_006),
    )
}
BOT: Final = Agent("tilly", "Tilly", "billing", "agent", 900_100_009)
ASSISTANT_NAME: Final = "Till Assist"

_ACCOUNTS: Final = """
nordkrume|Nordkrume Bakery GmbH|Berlin|Germany|Food|gold|14400
lumenhof|Lumenhof Café KG|Hamburg|Germany|Food|silver|4800
alpenrast|Alpenrast Hütten GmbH|München|Germany|Hospitality|gold|18600
harbourlight|Harbourlight Books Ltd|London|United Kingdom|Retail|silver|6200
quillfern|Quillfern Stationery Ltd|Bristol|United Kingdom|Retail|bronze|2400
baobabbirch|Baobab & Birch LLC|Portland|United States|Retail|gold|21000
jadewell|Jadewell Tea Ltd|London|United Kingdom|Food|silver|5300
velodrom-mitte|Velodrom Mitte eG|Berlin|Germany|Sport|bronze|3100
"""

_CUSTOMERS: Final = """
dana|Dana|Kovač|nordkrume|Owner|dana@example.org||+49 171 3920017|en
paul|Paul|Anders|nordkrume|Shift lead|paul.anders|+49 30 23125 118||de
mira|Mira|Hollstein|nordkrume|Bookkeeping|mira.hollstein|+49 30 23125 119||de
nordkrume-info|Backstube|Nordkrume|nordkrume|Shared inbox|info|+49 30 23125 100||de
yusuf|Yusuf|Demirci|nordkrume|Baker|yusuf.demirci|||de
jonas-l|Jonas|Weber|lumenhof|Owner|jonas.weber|+49 40 66969 301|+49 171 3920031|de
carla|Carla|Petersen|lumenhof|Manager|carla.petersen|+49 40 66969 302||de
finn|Finn|Ohlsen|lumenhof|Barista|finn.ohlsen|||de
ines|Inês|Moura|lumenhof|Purchasing|ines.moura|+49 40 66969 304||en
amelie|Amélie|Roche|alpenrast|Head of finance|amelie.roche|+49 89 99998 210|+49 171 3920042|en
korbinian|Korbinian|Moser|alpenrast|Hut keeper|korbinian.moser|+49 89 99998 211||de
resi|Therese|Aigner|alpenrast|Reservations|resi.aigner|+49 89 99998 212||de
sepp|Josef|Leitner|alpenrast|IT|josef.leitner|+49 89 99998 213||de
hanna|Hanna|Vogt|alpenrast|Marketing|hanna.vogt|||de
eleanor|Eleanor|Marsh|harbourlight|Owner|eleanor|+44 20 7946 0312|+44 7700 900312|en
dev|Dev|Patel|harbourlight|Shop manager|dev|+44 20 7946 0313||en
orla|Orla|Byrne|harbourlight|Events|orla|||en
simon|Simon|Achebe|harbourlight|Web shop|simon||+44 7700 900314|en
grace|Grace|Thornbury|quillfern|Owner|grace|+44 117 496 0221|+44 7700 900221|en
hugh|Hugh|Pellow|quillfern|Accounts|accounts.hugh|+44 117 496 0222||en
zadie|Zadie|Okafor|quillfern|Designer|zadie|||en
luna|Luna|Ferreira|quillfern|Social media|luna||+44 7700 900224|en
sophie|Sophie|Marchetti|baobabbirch|Operations|sophie|+1 503 555 0142|+1 503 555 0143|en
walter|Walter|Nakamura|baobabbirch|Owner|walter|+1 503 555 0144||en
bea|Beatriz|Solano|baobabbirch|Warehouse|bea|+1 503 555 0145||en
theo|Theo|Lindgren|baobabbirch|Developer|theo|||en
naomi|Naomi|Castellan|baobabbirch|Finance|naomi|+1 503 555 0147||en
meilin|美玲|陈|jadewell|Owner|meilin.chen|+44 20 7946 0455|+44 7700 900455|zh
hao|浩|林|jadewell|Logistics|hao.lin|||zh
ruth|Ruth|Abernathy|jadewell|Shop manager|ruth|+44 20 7946 0457||en
kit|Kit|Lau|jadewell|Web shop|kit.lau||+44 7700 900458|en
jonas-v|Jonas|Weber|velodrom-mitte|Treasurer|j.weber|+49 30 23125 640||de
aylin|Aylin|Yıldız|velodrom-mitte|Chair|aylin.yildiz|+49 30 23125 641||de
bernd|Bernd|Krause|velodrom-mitte|Workshop|bernd.krause|||de
lotte|Lotte|Simonis|velodrom-mitte|Members|lotte.simonis|+49 30 23125 643||de
edda|Edda|Brunn||Private|edda.brunn@example.org|+49 40 66969 220||de
nils|Nils|Brunn||Private|nils.brunn@example.org|+49 40 66969 220||de
dana-k|Dana|Kovacs||Private|dana.kovacs@example.org||+49 171 3920063|de
oskar|Oskar|Fält||Private|oskar.falt@example.org||+49 171 3920064|en
pilar|Pilar|Quintero||Private|pilar.quintero@example.org|||en
"""


def _account(place: int, line: str) -> Account:
    key, name, city, country, industry, tier, value = line.split("|")
    return Account(key, name, city, country, industry, tier, int(value), place)


def _customer(place: int, line: str) -> Customer:
    key, first, last, account, title, email, phone, mobile, language = line.split("|")
    if "@" not in email:
        email = f"{email}@{account}.example"
    return Customer(key, first, last, account, title, email, phone, mobile, language, place)


ACCOUNTS: Final = {
    one.key: one
    for one in (_account(place, line) for place, line in enumerate(_ACCOUNTS.split("\n")[1:-1], 1))
}
CUSTOMERS: Final = {
    one.key: one
    for one in (
        _customer(place, line) for place, line in enumerate(_CUSTOMERS.split("\n")[1:-1], 1)
    )
}
