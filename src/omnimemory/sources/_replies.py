"""A mail's body → what its author wrote now, what it repeats, and the signature.

Line by line and in linear time. Every line goes to exactly one of the three, so no word is
lost. When in doubt a line counts as written now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple


class Reply(NamedTuple):
    """The three parts of a mail's body, each with its lines as they were."""

    text: str
    quoted: str
    signature: str


_QUOTE: Final = re.compile(r"\s{0,3}>")
_SEPARATOR: Final = re.compile(
    r"\s*-{2,}\s?(original message|forwarded message|reply message|ursprüngliche nachricht|"
    r"weitergeleitete nachricht|message d'origine|message original|message transféré|"
    r"mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|"
    r"original appointment|原始邮件|исходное сообщение)\s?-{2,}\s*$",
    re.IGNORECASE,
)
_FORWARDED: Final = re.compile(r"\s*begin forwarded message:\s*$", re.IGNORECASE)
_OPENING: Final = re.compile(
    r"\W{0,4}(on|am|le|el|il|op|den|em|w dniu|dne|på|den|wrote|\d{1,2})\b", re.IGNORECASE
)
_WROTE: Final = re.compile(
    r"(wrote|writes|schrieb(en)?|geschrieben|a écrit|escribió|ha scritto|schreef|skrev|escreveu|"
    r"napisał\(?a?\)?|написал\(?\w?\)?|пишет|napsal\(?a?\)?|写道|書きました)\s?[:\uff1a]?\s*$",
    re.IGNORECASE,
)
_FROM: Final = re.compile(
    r"[\s>*]{0,4}(from|von|de|da|van|från|fra|od|от|发件人)\*?\s?[:\uff1a]", re.IGNORECASE
)
_FIELD: Final = re.compile(
    r"[\s*]{0,4}(sent|to|subject|date|cc|gesendet|an|betreff|datum|envoyé|à|objet|enviado|para|"
    r"asunto|inviato|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|дата|кому|тема|"
    r"organization|reply-to|importance)\*?\s?[:\uff1a]",
    re.IGNORECASE,
)
_TOPIC: Final = re.compile(
    r"[\s*]{0,4}(sent|subject|gesendet|betreff|envoyé|objet|enviado|asunto|inviato|oggetto|"
    r"verzonden|onderwerp|skickat|ämne|тема)\*?\s?[:\uff1a]",
    re.IGNORECASE,
)
_HINT: Final = re.compile(
    r"[\s>*]*(--|__|begin forwarded|(from|von|de|da|van|från|fra|od|от|发件人)\*?\s?[:\uff1a])",
    re.IGNORECASE,
)
"""What a line must begin with to begin an earlier mail; it spares most lines the other tests."""
_FORWARD: Final = re.compile(
    r"^\s*(-{2,}\s?(forwarded message|weitergeleitete nachricht|message transféré)\s?-{2,}|"
    r"begin forwarded message:)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_RULE: Final = re.compile(r"\s*[_-]{20,}\s*$")
_DELIMITER: Final = re.compile(r"-- ?$")
_SENT_FROM: Final = re.compile(
    r"\s*(sent (from|via|with) (my|the)? ?\w|get outlook for |von meinem \w+ gesendet|"
    r"gesendet (von|mit) |envoyé de(puis)? mon |enviado desde mi |inviato da(l mio)? |"
    r"verstuurd vanaf mijn )",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"\s*((best|kind|warm|many|with( best| kind)?)? ?(regards|wishes)|cheers|sincerely( yours)?|"
    r"yours (sincerely|faithfully|truly)|(many )?thanks( and regards)?|thank you|best|"
    r"(mit )?(freundlichen|freundliche|viele|beste|liebe|besten) (grüßen|grüße|gruß|grüsse)|mfg|"
    r"vg|lg|cordialement|bien à vous|saludos( cordiales)?|un saludo|cordiali saluti|"
    r"met vriendelijke groet(en)?)\s*[,.!]?\s*$",
    re.IGNORECASE,
)
_MOST_LINE: Final = 400
_MOST_FOLDED: Final = 3
_MOST_SIGNATURE: Final = 6
_MOST_SIGNATURE_LINE: Final = 60


def split_reply(body: str) -> Reply:
    """Return the body's parts; their words, taken together, are the body's words.

    Quoted are lines that begin with ``>`` and the line that introduces them, and everything
    below an "Original Message" rule, a block of mail headers, or an "On … wrote:" that no
    ``>`` follows. A signature stands below ``-- `` (RFC 3676, 4.3), a closing phrase, "Sent
    from my …" or a mailing list's rule, at the end of what was written.
    A mail that somebody forwards without a word of their own is what they say.
    """
    lines = body.replace("\r\n", "\n").split("\n")
    quoted = _quoted(lines)
    if not any(line.strip() for n, line in enumerate(lines) if n not in quoted):
        quoted = set[int]() if _FORWARD.search(body) else quoted
    signature = _signatures(lines, quoted)
    if not any(
        line.strip() for n, line in enumerate(lines) if n not in quoted and n not in signature
    ):
        signature.clear()
    own = [n for n in range(len(lines)) if n not in quoted and n not in signature]
    return Reply(_join(lines, own), _join(lines, sorted(quoted)), _join(lines, sorted(signature)))


def _join(lines: Sequence[str], chosen: Sequence[int]) -> str:
    return "\n".join(lines[n] for n in chosen).strip("\n").rstrip()


def _quoted(lines: Sequence[str]) -> set[int]:
    """Return the positions of the lines that repeat earlier mail."""
    found: set[int] = set()
    for n, line in enumerate(lines):
        if _QUOTE.match(line):
            found.add(n)
        elif n in found:
            continue
        elif _begins_tail(lines, n):
            found.update(range(n, len(lines)))
            break
        elif size := _attribution(lines, n):
            found.update(range(n, n + size))
            if not _quote_follows(lines, n + size):
                found.update(range(n, len(lines)))
                break
    return found


def _begins_tail(lines: Sequence[str], n: int) -> bool:
    """Return whether everything from this line on is an earlier mail."""
    line = lines[n][:_MOST_LINE]
    if not _HINT.match(line):
        return False
    if _SEPARATOR.match(line) or _FORWARDED.match(line):
        return True
    if _RULE.match(line):
        return any(_is_header_block(lines, n + skip) for skip in (1, 2))
    return _is_header_block(lines, n)


def _is_header_block(lines: Sequence[str], n: int) -> bool:
    """Return whether a block like "From: … Sent: … To: … Subject: …" begins at this line."""
    if n >= len(lines) or not _FROM.match(lines[n][:_MOST_LINE]):
        return False
    block = [line[:_MOST_LINE] for line in lines[n + 1 : n + 6]]
    if sum(bool(_FIELD.match(line)) for line in block) <= 1:
        return False
    return "@" in lines[n] or any(_TOPIC.match(line) for line in block)


def _attribution(lines: Sequence[str], n: int) -> int:
    """Return how many lines an "On … somebody wrote:" takes that begins at this one, or 0."""
    opening = lines[n][:_MOST_LINE]
    if not _OPENING.match(opening) and not (
        opening.rstrip().endswith((":", "\uff1a")) and _WROTE.search(opening)
    ):
        return 0
    together = ""
    for size, line in enumerate(lines[n : n + _MOST_FOLDED], start=1):
        if not line.strip() or (size > 1 and _QUOTE.match(line)):
            return 0
        together = f"{together} {line[:_MOST_LINE].strip()}"
        if _WROTE.search(together):
            dated = bool(_OPENING.match(opening) and re.search(r"\d", together))
            return size if dated or _quote_follows(lines, n + size) else 0
    return 0


def _quote_follows(lines: Sequence[str], n: int) -> bool:
    return any(_QUOTE.match(line) for line in lines[n : n + 2])


def _signatures(lines: Sequence[str], quoted: set[int]) -> set[int]:
    """Return the positions of the signature's lines: the ends of what was written."""
    found: set[int] = set()
    for block in _blocks(lines, quoted):
        start = _signature_start([lines[n] for n in block])
        found.update(block[start:])
    return found


def _blocks(lines: Sequence[str], quoted: set[int]) -> list[list[int]]:
    """Return the runs of lines between quotations."""
    blocks: list[list[int]] = [[]]
    for n in range(len(lines)):
        if n in quoted:
            blocks.append([])
        else:
            blocks[-1].append(n)
    return [block for block in blocks if block]


def _signature_start(block: Sequence[str]) -> int:
    """Return where the signature of a block begins; its length where there is none."""
    for n, line in enumerate(block):
        if _DELIMITER.match(line):
            return n
    size = len(block)
    last = max((n for n, line in enumerate(block) if line.strip()), default=-1)
    for n in range(max(0, last - _MOST_SIGNATURE - 1), last + 1):
        line, below = block[n][:_MOST_LINE], [x for x in block[n + 1 :] if x.strip()]
        if n > 0 and _RULE.match(line) and below:
            return n
        if _SENT_FROM.match(line) and len(below) <= 1:
            return n
        if _CLOSING.match(line) and len(below) <= _MOST_SIGNATURE and all(map(_is_name, below)):
            return n
    return size


def _is_name(line: str) -> bool:
    """Return whether a line can stand below a closing phrase: short, and no sentence."""
    line = line.strip()
    return len(line) <= _MOST_SIGNATURE_LINE and not line.endswith((".", "!", "?", ":"))
