"""Laws of pictures: static, escaped, small, the same in words, and nothing left out unsaid."""

from __future__ import annotations

import re
import subprocess
import sys
from io import StringIO
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from omnimemory import Memory, show
from omnimemory.show.pack import tokens_by_section
from omnimemory.testing import company
from tests.show.worlds import (
    ATTACKS,
    BUSY,
    busy_values,
    empty_values,
    hostile_values,
    sample_values,
)

MOST_BYTES = 200_000
TAGS = set(
    "article style div span p table caption thead tbody tr th td details summary figure bdi "
    "svg title desc text line rect circle polygon path g".split()
)
ATTRIBUTES = set(
    "class role tabindex scope style open aria-label viewBox x y x1 y1 x2 y2 width height rx cx cy r "
    "fill stroke stroke-width stroke-dasharray points d text-anchor transform".split()
)


@pytest.fixture(scope="session", params=["sample", "empty", "busy", "hostile"])
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Every picture of each memory."""
    world: str = request.param
    fixture = world if world in ("sample", "empty") else f"{world}_memory"
    memory: Memory = request.getfixturevalue(fixture)
    made = {
        "sample": sample_values,
        "empty": empty_values,
        "busy": busy_values,
        "hostile": hostile_values,
    }
    return made[world](memory)


def parsed(html: str) -> ET.Element:
    return ET.fromstring(html)  # noqa: S314


def test_every_picture_is_static_and_well_formed(seen: dict[str, Any]) -> None:
    """It parses as XML, and holds no other tag and no other attribute than we write."""
    for name, value in seen.items():
        for element in parsed(value._repr_html_()).iter():
            assert element.tag.rpartition("}")[2] in TAGS, name
            assert set(element.attrib) <= ATTRIBUTES, (name, element.attrib)
            width = element.get("style")
            assert width is None or re.fullmatch(r"width:\d{1,3}%", width), name


def test_every_picture_is_small(seen: dict[str, Any]) -> None:
    for name, value in seen.items():
        assert len(value._repr_html_().encode()) < MOST_BYTES, name


def test_every_picture_names_no_address(seen: dict[str, Any]) -> None:
    """Addresses in data are text; none stands where a browser would follow it."""
    for name, value in seen.items():
        html = value._repr_html_().replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"(src|href|action|xlink:href)=", re.sub(r">[^<]*<", "><", html)), name
        assert "url(" not in html.partition("</style>")[0]
        assert "@import" not in html.partition("</style>")[0]


def test_every_picture_has_a_text_without_control_characters(seen: dict[str, Any]) -> None:
    for name, value in seen.items():
        text = show.text(value)
        assert text.strip(), name
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), name


def test_every_picture_prints_with_rich(seen: dict[str, Any]) -> None:
    from rich.console import Console

    for value in seen.values():
        out = StringIO()
        Console(file=out, width=120).print(value)
        assert show.sheet(value).kind in out.getvalue()


def test_a_picture_is_the_same_every_time(sample: Memory) -> None:
    first, second = sample_values(sample), sample_values(sample)
    for name in first:
        assert first[name]._repr_html_() == second[name]._repr_html_()


def test_an_attack_is_shown_as_what_it_says(hostile_memory: Memory) -> None:
    """Every word of it stands as text; long ones are cut and say so."""
    html = hostile_values(hostile_memory)["timeline"]._repr_html_()
    shown = "".join(parsed(html).itertext())
    assert ATTACKS[0] in shown
    assert "⟨U+202E⟩gnp.exe" in shown
    assert "nnn…" in shown
    assert "n" * 3_000 not in shown


def test_a_customer_shows_every_identifier_and_why_it_belongs(sample: Memory) -> None:
    dana = sample.customer(company.DANA.email)
    shown = "".join(parsed(dana._repr_html_()).itertext())
    for one in dana.belongs:
        assert one.why in shown
        assert all(key in shown for key in one.identifiers)
    assert {one.identity for one in dana.belongs} == set(dana.identities)
    assert any("same email work email:dana@example.org (+" in one.why for one in dana.belongs)
    assert any(one.why == "the first that was known" for one in dana.belongs)


def test_a_timeline_tells_of_switches_handoffs_and_clocks(sample: Memory) -> None:
    page = sample.timeline(company.DANA.email, limit=200, as_of=company.NOW)
    html = page._repr_html_()
    assert "from chat to email" in html
    assert "from email to phone" in html
    assert "handoff 2026-03-03 09:11: refund needs a person" in html
    assert "first reply breached" in html
    assert "waiting on engineering from 2026-03-04 15:11" in html
    assert "tillwright/shop#812" in html


def test_a_timeline_for_a_customer_shows_them_nothing_internal(sample: Memory) -> None:
    page = sample.timeline(company.DANA.email, limit=200, audience="customer", as_of=company.NOW)
    html = page._repr_html_()
    assert "breached" not in html
    assert "tillwright/shop#812" not in html
    assert "hang on this customer" not in html


def test_a_busy_timeline_says_how_much_it_leaves_out(busy_memory: Memory) -> None:
    page = busy_memory.timeline("email:bee@example.org", limit=1_000)
    for said in (page._repr_html_(), show.text(page)):
        assert f"{BUSY:,} Interaction" in said
        assert "pass after=page.cursor" in said.replace("\n", " ")


def test_an_overview_says_of_how_many_it_tells(busy_memory: Memory, sample: Memory) -> None:
    found = busy_memory.overview()
    assert found.looked_at < found.counts["Interaction"] == BUSY
    assert f"in all there are {BUSY:,}" in busy_memory._repr_html_()
    assert sample.overview().looked_at == sample.overview().counts["Interaction"]
    assert sum(sample.overview().channels.values()) == sample.overview().looked_at


def test_a_pack_shows_its_exact_text(sample: Memory) -> None:
    pack = sample.context_pack(company.DANA.email, "Where is my refund?", as_of=company.NOW)
    assert pack.markdown() in show.text(pack)
    html = parsed(pack._repr_html_())
    exact = next(one for one in html.iter("div") if one.get("class") == "om-exact")
    lines = {text for one in exact.iter("summary") for text in [one.text or ""]}
    assert lines <= set(pack.markdown().split("\n"))
    assert len(lines) > 5


@pytest.mark.parametrize("budget", [900, 1_500, 8_000])
def test_tokens_by_section_add_up(sample: Memory, budget: int) -> None:
    pack = sample.context_pack(company.DANA.email, budget=budget, as_of=company.NOW)
    shares = tokens_by_section(pack)
    assert sum(shares.values()) == pack.tokens
    assert min(shares.values()) >= 0
    headings = [line[3:] for line in pack.body.split("\n") if line.startswith("## ")]
    named = (heading.partition(", with ")[0] for heading in headings)
    assert ["frame", "Who", *named] == list(shares)
    assert max(shares, key=lambda name: shares[name]) != "frame"


def test_every_citation_of_a_pack_unfolds_to_its_record(sample: Memory) -> None:
    pack = sample.context_pack(company.DANA.email, "Where is my refund?", as_of=company.NOW)
    shown = "".join(parsed(pack._repr_html_()).itertext())
    assert pack.citations
    assert all(id in shown for id in pack.citations.values())


def test_a_closed_memory_says_so_in_its_picture() -> None:
    import omnimemory

    memory = omnimemory.connect("sqlite://", tenant="t")
    memory.close()
    assert "closed" in memory._repr_html_()


def test_nothing_is_drawn_before_somebody_looks() -> None:
    code = (
        "import omnimemory, sys\n"
        "m = omnimemory.connect('networkx://', tenant='t')\n"
        "list(m.customers()); m.search('x'); repr(m.overview())\n"
        "print(*(n for n in sys.modules if n.startswith('omnimemory.show') or n == 'rich'))\n"
        "m._repr_html_(); print(*(n for n in sys.modules if n == 'rich'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
