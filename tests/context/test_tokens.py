"""Laws of the token estimate: it never falls short of real tokenizers, nor overshoots far."""

from __future__ import annotations

import base64
import random
import string
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimemory.context._pieces import listed
from omnimemory.context.render import RULES
from omnimemory.context.tokens import counter, estimate
from omnimemory.errors import InputError

ENGLISH = """
Thanks for getting in touch. I looked into the double charge on your account and I can see two
payments of 49.90 for invoice INV-2231. The second one was made by mistake when the page was
reloaded, so I have asked our billing team to send it back to your card. It usually takes three
to five working days before you can see it. I am sorry for the trouble, and please let me know
if there is anything else that we can do for you in the meantime.
"""
SAMPLES = {
    "english": ENGLISH,
    "german": "Sehr geehrte Damen und Herren, meine Rückerstattung für die Überweisung fehlt noch.",
    "chinese": "您好，我在三月一日被重复扣款了，请尽快退款到我的信用卡。謝謝！龘靐齉",
    "japanese": "お世話になっております。返金がまだ届いていません。カードに二重請求されました。",
    "korean": "환불이 아직 도착하지 않았습니다. 확인 부탁드립니다.",
    "arabic": "مرحبا، لم يصل المبلغ المسترد بعد. شكرًا جزيلاً على مساعدتكم.",
    "hindi": "नमस्ते, मेरा रिफंड अभी तक नहीं आया है।",
    "russian": "Здравствуйте, возврат средств до сих пор не пришёл.",
    "code": "def f(x: int) -> list[int]:\n    return [y ** 2 for y in range(x) if y % 2 == 0]\n"
    * 5,
    "json": '{"id": 35436, "tags": ["a-b", "c_d"], "ok": true, "at": "2026-03-02T10:00:00Z"}' * 5,
    "base64": base64.b64encode(bytes(range(256))).decode(),
    "hex": "deadBEEF0123456789abcdef" * 10,
    "uuid": "3f2b8c1e-9d47-4a6e-8f13-7c5d2e1b0a9f " * 5,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈👍🏽❤️‍🔥😀🥹🫠",
    "spaces": " " * 99 + "\n\n\n" + "\t" * 30 + " \n \t \r\n" * 9,
    "marks": "!?.,;:-_/\\|@#$%^&*()[]{}<>~`'\"+=" * 3,
    "capitals": "URGENT: PLEASE REFUND MY ORDER IMMEDIATELY XKCDQZ",
    "camel": "getUserAccountById parseHTTPResponse XMLHttpRequest snake_case_name",
}


@pytest.fixture(scope="module", params=["cl100k_base", "o200k_base"])
def encoding(request: pytest.FixtureRequest) -> Any:
    """A real byte-pair tokenizer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its own use of importlib.resources
        import bpe_openai  # pyright: ignore[reportMissingTypeStubs]

        return bpe_openai.get_encoding(request.param)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_do_not_take_more(encoding: Any, name: str) -> None:
    """Whole, and cut anywhere."""
    text = SAMPLES[name]
    for end in range(1, len(text) + 1, max(1, len(text) // 50)):
        assert len(encoding.encode(text[:end])) <= estimate(text[:end])
        assert len(encoding.encode(text[end:])) <= estimate(text[end:])


@settings(max_examples=500)
@given(text=st.text(max_size=80))
def test_no_unicode_takes_more(encoding: Any, text: str) -> None:
    """Any characters in any order."""
    assert len(encoding.encode(text)) <= estimate(text)


@settings(max_examples=500)
@given(text=st.text(string.printable, max_size=60))
def test_no_ascii_takes_more(encoding: Any, text: str) -> None:
    """Keyboard noise, the worst of what has no words."""
    assert len(encoding.encode(text)) <= estimate(text)


GLUE = [
    "",
    " ",
    ".",
    "'s",
    "-",
    "_",
    "\t",
    "2",
    "é",
    "—",
    "’",
    "\n",
    '"',
    "(",
    "'",
    "...",
    "!!",
    "[",
    "/",
]


def test_words_in_any_company_do_not_take_more(encoding: Any) -> None:
    """Common words glued to marks, digits, other scripts and one another."""
    random_ = random.Random(7)
    words = ENGLISH.split()
    for _ in range(20_000):
        parts = random_.choices(words, k=5)
        text = "".join(part + random_.choice(GLUE) for part in parts)
        assert len(encoding.encode(text)) <= estimate(text)


def test_listed_words_in_any_company_do_not_take_more(encoding: Any) -> None:
    """Words that the lists tell of, in any case, in a company drawn by chance."""
    random_ = random.Random(11)
    known = listed()
    words = [word.decode() for word in sorted({*known.after_a_space, *known.longer, *known.pieces})]
    for word in random_.sample(words, 20_000):
        form = random_.choice((word, word.capitalize(), word.upper()))
        text = random_.choice(GLUE) + form + random_.choice(GLUE) + random_.choice(words)
        assert len(encoding.encode(text)) <= estimate(text), text


@settings(max_examples=2_000)
@given(
    word=st.from_regex(r"[A-Z]?[a-z]{1,14}|[A-Z]{1,10}", fullmatch=True),
    before=st.sampled_from(GLUE),
)
def test_no_letters_take_more(encoding: Any, word: str, before: str) -> None:
    """Words that nobody has heard of: what is proved of their pieces."""
    assert len(encoding.encode(before + word)) <= estimate(before + word)


@pytest.mark.parametrize(
    ("name", "most"), [("english", 1.05), ("german", 2.1), ("json", 1.12), ("capitals", 2)]
)
def test_text_is_not_over_counted_by_more(encoding: Any, name: str, most: float) -> None:
    """Prose as agents write it, a language that the lists do not know, what machines write."""
    text = SAMPLES[name]
    assert estimate(text) <= most * len(encoding.encode(text))


def test_real_mail_does_not_take_more(encoding: Any, payloads: Path) -> None:
    """Headers, HTML and all, in pieces."""
    for path in sorted(payloads.rglob("*.eml"))[:20]:
        text = path.read_text(encoding="utf-8", errors="replace")[:20_000]
        for at in range(0, len(text), 700):
            piece = text[at : at + 700]
            assert len(encoding.encode(piece)) <= estimate(piece)


@settings(max_examples=200)
@given(body=st.text(max_size=60))
def test_a_pack_is_never_estimated_above_its_rules_and_its_body(body: str) -> None:
    """So the two as one text need not be estimated too; a body begins with its title."""
    body = f"# {body}"
    whole = estimate(f"{RULES}\n\n{body}")
    assert whole <= estimate(RULES) + 2 + estimate(body)


def test_a_tokenizer_is_a_function_or_has_count() -> None:
    """Both count; anything else is refused."""

    class Words:
        def count(self, text: str) -> int:
            return len(text.split())

    assert counter(Words())("a b c") == 3
    assert counter(len)("abc") == 3
    with pytest.raises(InputError, match="tokenizer"):
        counter("cl100k")  # pyright: ignore[reportArgumentType]
