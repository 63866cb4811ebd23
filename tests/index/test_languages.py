"""Laws of languages: a word finds itself whatever language its text is taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory.index.analyzer import LANGUAGES, fold, language, terms
from omnimemory.index.lexical import bm25

SAID = {
    "english": "Where are the invoices that I was sent?",
    "german": "Wo sind die Rechnungen, die mir geschickt wurden?",
    "french": "Où sont les factures que vous m'avez envoyées ?",
    "spanish": "¿Dónde están las facturas que me enviaron?",
    "italian": "Dove sono le fatture che mi avete mandato?",
    "portuguese": "Onde estão as faturas que me enviaram?",
    "dutch": "Waar zijn de rekeningen die ik heb gekregen?",
    "swedish": "Var är fakturorna som jag har fått?",
    "russian": "Где счета, которые мне прислали?",
}
OTHERWISE = {
    "english": "invoice",
    "german": "Rechnung",
    "french": "facture",
    "spanish": "factura",
    "italian": "fattura",
    "portuguese": "fatura",
    "dutch": "rekening",
    "swedish": "faktura",
    "russian": "счет",
}
WORDS = sorted(
    {word for said in SAID.values() for word in said.split()} | {"café", "E4012", "退款"}
)


def answers(query: str, text: str) -> bool:
    return bm25(query, [text])[0] > 0


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_a_text_is_taken_for_what_it_is(spoken: str) -> None:
    assert language(SAID[spoken]) == spoken


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_another_form_of_a_word_is_found_in_its_language(spoken: str) -> None:
    """The query is one word, of which nothing tells in which language it is."""
    assert answers(OTHERWISE[spoken], SAID[spoken])


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), st.data())
def test_a_word_of_a_text_finds_it(said: list[str], data: st.DataObject) -> None:
    """Whatever the others are, unless it is among the commonest of the text's language."""
    text = " ".join(said)
    word = data.draw(st.sampled_from(said))
    assert answers(word, text) == bool(terms(word, language(text)))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("cafe", "Is the café open?"),
        ("CAFÉ", "The cafes are closed"),
        ("groesse", "Die Größe ist falsch"),
        ("Müller", "Frau Mueller hat nicht bezahlt"),
        ("muller", "Frau Müller hat nicht bezahlt"),
        ("strasse", "Die Straße ist gesperrt"),
        ("facturacion", "La facturación de mi pedido"),
        ("naive", "A naïve question"),
        ("Łódź", "A parcel for Lodz"),
        ("ﬁle", "The file is gone"),
        ("退款", "退款还没有到账"),
        ("환불", "환불이 아직"),
    ],
)
def test_accents_and_umlauts_are_one_spelling(query: str, text: str) -> None:
    assert answers(query, text)


def test_a_stem_of_one_language_is_no_word_of_another() -> None:
    """Dutch "news" would lose its s, and be the English "new"."""
    assert not answers("news", "The new parcel is here.")


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
