"""Pictures of a merge: each identity, the customer, and the evidence on every edge."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import omnimemory
from omnimemory import Memory, show
from omnimemory.model.records import Contact, Person
from omnimemory.show.provenance import MOST_TIES
from omnimemory.testing import company
from tests.show.worlds import ATTACKS, WHOM

SVG = "{http://www.w3.org/2000/svg}"


def drawn(html: str) -> list[str]:
    """Return the texts of the one drawing in a picture."""
    (figure,) = ET.fromstring(html).iter(f"{SVG}svg")  # noqa: S314
    return ["".join(one.itertext()) for one in figure.iter(f"{SVG}text")]


def test_a_provenance_draws_every_identity_with_what_holds_it(sample: Memory) -> None:
    found = sample.identity.how(company.DANA.email)
    texts = drawn(found._repr_html_())
    assert found.customer.name in texts
    for step in found:
        assert any(step.identity.startswith(text.rstrip("…")) for text in texts)
    certain = [step for step in found if step.posterior is not None]
    assert certain
    for step in certain:
        assert any(f"{step.decision} at {step.posterior:.1%}" in text for text in texts)
    assert any("same email work email:dana@example.org" in text for text in texts)


def test_a_merge_says_from_which_customer_it_came_and_by_whom() -> None:
    with omnimemory.connect("networkx://", tenant="acme") as memory:
        for id, name in (("1", "Ada Byron"), ("2", "Grace Hopper")):
            memory.ingest(Contact(source="crm", id=id, person=Person(name=name)))
        memory.identity.merge("crm:1", "crm:2", by="agent:kim", reason="one passport")
        found = memory.identity.how("crm:1")
        said = show.text(found)
        assert "merged from customer:crm:2" in said
        assert "by agent:kim: one passport" in said
        assert "merged from customer:crm:2" in " ".join(drawn(found._repr_html_()))


def test_more_identities_than_there_is_room_for_are_counted() -> None:
    many = MOST_TIES + 3
    with omnimemory.connect("networkx://", tenant="acme") as memory:
        memory.ingest(
            Contact(source="crm", id=str(n), person=Person(name="Ada Byron", email="ada@x.org"))
            for n in range(many)
        )
        found = memory.identity.how("ada@x.org")
        assert len(found.customer.identities) == many
        assert "3 identities more, not shown" in show.text(found)


def test_a_why_draws_bits_for_and_against_to_either_side(sample: Memory) -> None:
    with omnimemory.connect("networkx://", tenant="acme") as memory:
        for id, name in (("1", "Ava Marsh"), ("2", "Liam Marsh")):
            person = Person(name=name, phone="+493023125123")
            memory.ingest(Contact(source="crm", id=id, person=person))
        found = memory.identity.why("identity:crm:1", "identity:crm:2")
        signs = {one.bits > 0 for one in found.findings}
        assert signs == {True, False}
        lines = show.text(found).splitlines()
        for one in found.findings:
            (bar,) = [line for line in lines if f"{one.feature}: {one.level}" in line]
            left, _, right = bar.partition("│")
            assert ("█" in right) is (one.bits > 0)
            assert ("█" in left) is (one.bits < 0)
        texts = drawn(found._repr_html_())
        assert all(f"{one.bits:+.1f}" in texts for one in found.findings)


def test_a_hostile_name_is_text_on_every_edge(hostile_memory: Memory) -> None:
    found = hostile_memory.identity.how(WHOM)
    html = found._repr_html_()
    assert "om-attack" in "".join(ET.fromstring(html).itertext())  # noqa: S314
    assert ATTACKS[0] not in html
    assert max(map(len, show.text(found).split("\n\n")[1].splitlines())) <= 104
