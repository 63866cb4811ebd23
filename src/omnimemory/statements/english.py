"""Statements by rules in English: small, documented, the same for the same thread.

* A **question** is a sentence that ends in a question mark, unless it is courtesy ("how can I
  help?", "anything else?"), an agent's offer ("shall I book it?"), or asks for a secret, whose
  answer must not be repeated. A customer's is none either where nobody owes an answer:
  exclamations ("are you kidding?", "what am I supposed to do?"), doubts about the asking itself
  ("why do you need that?"), small talk ("have you ever been there?"), thoughts ("I thought it
  was free?"), proposals in the run of a talk ("how about Monday?") and short fragments without a
  verb ("in the north?"), which say nothing by themselves. A customer's is answered by the next
  message of the tenant that says more than that they will look into it; an agent's by the
  customer's next message, unless they do not know.
* A **commitment** is a sentence of the tenant with "I will", "we'll", "I am going to", "you
  will receive", unless it depends ("if you…"), asks, or offers ("I'll be happy to"). A due date
  in it is resolved.
* An **attempt** is "I restarted", "we have already reset", by anyone, unless negated or asked.
* **Already told** is a customer's "I already told you", "as I said", "for the third time".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from omnimemory.statements.base import Extracted, Utterance
from omnimemory.statements.dates import due

_MOST_CHARACTERS: Final = 20_000
_MOST_TEXT: Final = 300
_LEAST_QUESTION_WORDS: Final = 3

_BETWEEN: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
_TENANT: Final = ("agent", "ai_agent", "bot")


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE)


_COURTESY: Final = _any(
    r"\banything else\b",
    r"\bsomething else\b",
    r"\b(?:can|could|may|will) (?:i|we|you|someone|somebody|anyone|anybody)(?: please)? "
    r"(?:help|assist|be of)\b",
    r"\bhow (?:can|may|could) (?:i|we) (?:help|assist|be of)\b",
    r"\bhow are you\b|\bhow(?:'s| is) it going\b",
    r"\b(?:does|did|would) (?:that|this) (?:help|work|sound|make sense|answer)\b",
    r"^(?:ok|okay|right|hello|hi|hey|really|what|pardon|sorry|yes|no|so|thanks)\W*$",
    r"\b(?:is )?(?:any(?:one|body)|some(?:one|body)) (?:there|here)\b",
    r"\bare you (?:there|still)\b",
    r"^why not\b|\byou know(?: what)?\?$|\bright\?$|\bis that (?:ok|okay|alright|correct|right)\b",
    r"\bis that all\b|\bare you listening\b|^what do you mean\b",
    r"\bwhat (?:can|may) i do for you\b",
)
_OFFER: Final = _any(
    r"\b(?:would you (?:like|prefer|mind)|do you want|shall (?:i|we)|should (?:i|we))\b",
    r"\b(?:can|may|could) (?:i|we)(?: please)? (?!get|have|ask|take your|confirm your|know|see)\w+",
)
_TIME_OR_OTHER: Final = (
    r"(?:\S+ ){0,4}(?:\d\S*|(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|tonight|noon|"
    r"morning|afternoon|evening|another|other|different|instead|ones?|(?:north|south|east|west)\w*)\b"
)
_OWED_NOTHING: Final = _any(
    r"(?:\?!|!\?)[!?]*$",
    r"\b(?:would|do|did|should|could) i\?+$",
    r"\bare you (?:kidding|serious|joking|crazy|deaf|stupid|insane|nuts)\b",
    r"\b(?:isn't|ain't|aint) (?:that|this|it) (?:just )?(?:nuts|crazy|insane|ridiculous|absurd|"
    r"unbelievable|outrageous|funny|great|wonderful|amazing|terrible|awful|weird|nice)\b",
    r"\b(?:am i|are we) (?:supposed|meant|going) to (?:do|say|know|think)\b|^\W*what to do\b",
    r"\bwhat (?:would|will) (?:i|we) do without\b|\bwhat are the odds\b",
    r"^(?:so )?(?:you're|you are) (?:just|really|seriously)\b",
    r"\bhow (?:incompetent|stupid|dumb) (?:can|could|is|are)\b",
    r"\bhow (?:hard|difficult) can (?:it|that) be\b|\bdid you know\b|\byou remember\?$",
    r"^(?:\w+\W+)?is (?:that|it|this) (?:true|real|a joke|a deal)\W*$",
    r"\bwhat(?:'s| is) (?:going on|happening)(?: here)?\W*$|\bwhat are you (?:trying|doing)\b",
    r"\bwhy (?:do|did|would|are|should) (?:you|i|we) (?:even |still |really |have to )?"
    r"(?:need|want|asking|ask|give)\b",
    r"\bwhat (?:do|did) you (?:even |really )?(?:need|want) (?:it|this|that|\w+ \w+) for\b",
    r"\bwho are you\b|\bwhere (?:have you been|are you from|do you live)\b",
    r"\bare you (?:a |an )?(?:real|human|person|robot|bot|machine|married|single|afraid|happy)\b",
    r"\bhave you (?:ever|seen any)\b|\byou ever been\b|\bdo you (?:like|love|enjoy) to\b",
    r"\bwhat(?:'s| is) your (?:favou?rite|opinion|problem)\b",
    r"^\W*(?:(?:so|but|and|oh|wait|well|ok|okay|hmm|huh|maybe|perhaps)\b\W*)*"
    r"i (?:thought|hope|guess|assume|suppose|figured)\b",
    r"\bhow ?about (?!my\b|our\b)",
    rf"\bwhat about (?!my\b|our\b){_TIME_OR_OTHER}(?:\W+\w+){{0,5}}\W*$",
    r"\b(?:can|could|shall) we (?:try|say)\b",
)
_VERB: Final = _any(
    r"\b(?:who|whom|whose|what|when|where|why|which|how|whats|hows|wheres)\b",
    r"\b(?:is|are|was|were|am|do|does|did|have|has|had|can|could|will|would|should|shall|may|"
    r"might|must|ain|aint|isnt|dont|doesnt|didnt|cant|wont)\b|\w(?:'s|'re|'ve|'ll|n't)\b",
    r"\bany (?:news|updates?|progress|word|idea|chance|luck)\b|\b(?:still|yet|already)\b",
)
_MOST_FRAGMENT_WORDS: Final = 6
_SECRET: Final = _any(
    r"\b(?:pin|password|passcode|passphrase|cvv|cvc|otp)\b",
    r"\b(?:security|verification|one[- ]time|access) (?:code|question|answer|number)\b",
    r"\bmaiden name\b|\bname of (?:the|your) (?:first )?pet\b",
)
_NO_ANSWER: Final = _any(
    r"\b(?:don't|dont|do not|can't|cant|cannot|didn't) (?:know|remember|recall|have (?:it|that))\b",
    r"\b(?:forgot|forgotten|no idea|not sure|no clue)\b|^why\b",
)
_HOLDING: Final = _any(
    r"\b(?:look|check|looking|checking) (?:in)?to (?:it|this|that|the|your)\b",
    r"\blet me (?:check|see|look|find|ask|get|pull|take|have)\b",
    r"\b(?:get|be|come) back (?:to you|with|shortly)\b",
    r"\b(?:one|a|just a) (?:moment|minute|second|sec)\b",
    r"\b(?:please )?(?:hold|bear with)\b",
    r"\bthank(?:s| you) for (?:contacting|reaching|your (?:message|patience|e-?mail|call))\b",
    r"\b(?:sorry|apologi[sz]e)\b|\bunderstand what you mean\b",
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|sure|ok|okay|thanks|thank you)\b",
)
_WILL: Final = _any(
    r"\b(?:i|we)(?:'ll| will| shall)\b"
    r"(?! (?:be (?:happy|glad|able|unable)|need|have to|assume|not\b))",
    r"\b(?:i am|i'm|we are|we're) going to\b",
    r"\b(?:you|it|they|(?:your|the|our|a) \w+)(?:'ll| will| should) "
    r"(?:receive|get|arrive|be (?:refunded|credited|sent|shipped|delivered|fixed|resolved|"
    r"replaced|there|with you|contacted|processed))\b",
    r"\bi promise\b|\b(?:i|we) guarantee\b",
)
_DEPENDS: Final = _any(
    r"^\W*(?:if|once|when|unless|should you|as soon as you|after you)\b",
    r"\b(?:if|once|unless|as soon as) you\b",
    r"\bwill (?:i|we|you)\b",
    r"\b(?:can|may|might|could) (?:i|we)\b",
    r"\b(?:i|we)(?:'ll| will) (?:wait|hold|look forward|miss|see you|let you go|take it as)\b",
    r"\b(?:i|we) hope\b|\bi(?:'m| am) (?:not )?sure\b",
)
_THING: Final = (
    r"(?:\w+ )?(?:passwords?|settings?|cables?|batter(?:y|ies)|router|browser|cache|cookies|"
    r"config\w*|dns|connections?|cards?|spam|logs?|app|plugins?|extensions?|account|firewall|"
    r"files?)\b"
)
_DONE: Final = (
    "tried|restarted|rebooted|reinstalled|reset|cleared|updated|upgraded|downgraded|unplugged|"
    "replugged|reconnected|disconnected|disabled|enabled|uninstalled|logged out|logged in again|"
    "signed out|switched off|switched on|turned off|turned on|power cycled|reloaded|refreshed|"
    "retried|resent|re-sent|replaced|swapped|reconfigured|followed the|"
    rf"(?:checked|changed|deleted|removed) (?:the|my|your|our|all) {_THING}"
)
_ATTEMPT: Final = re.compile(
    rf"\b(?:i|we)(?:'ve| have| had)?(?: (?:also|already|just|even|now|since|both|then)){{0,3}} "
    rf"(?:{_DONE})\b",
    re.IGNORECASE,
)
_NOT_TRIED: Final = _any(
    r"\b(?:if|when|until|before|unless) (?:i|we)\b(?!.*\b(?:but|still|and it)\b)",
    r"\b(?:not|never|n't) (?:yet )?(?:tried|restarted|reset)\b",
    r"\b(?:should|could|shall|would|can) (?:i|we)\b",
)
_TOLD: Final = _any(
    r"\b(?:i|we)(?:'ve| have)?(?: \w+)? already (?:told|explained|said|mentioned|sent|provided|"
    r"gave|given|answered|described|reported|written|contacted|spoke|spoken|called)\b",
    r"\balready (?:told|explained|said|mentioned|described|answered)\b",
    r"\b(?:as|like) i (?:said|mentioned|told|explained|wrote|have said|already)\b",
    r"\bfor the (?:second|third|fourth|fifth|umpteenth|hundredth|\d+(?:nd|rd|th)) time\b",
    r"\bhow many (?:more )?times\b",
    r"\b(?:told|explained)(?: this| it| that)? to (?:your|the|a) (?:colleague|bot|agent|team)\b",
    r"\b(?:told|explained to) (?:your|the) (?:colleague|bot|chatbot|previous agent|last agent)\b",
    r"\b(?:explain|repeat) (?:it|this|that|myself|everything|the whole \w+) (?:all over )?again\b",
    r"\brepeat(?:ing)? myself\b",
)


def extract(thread: Sequence[Utterance]) -> Iterator[Extracted]:
    """Yield the statements of a thread in English, in the order in which they were made."""
    for position, one in enumerate(thread):
        if one.by == "system":
            continue
        later = thread[position + 1 :]
        for sentence in _sentences(one.text):
            yield from _statements(sentence, one, later)


def _statements(sentence: str, said: Utterance, later: Sequence[Utterance]) -> Iterator[Extracted]:
    text = sentence if len(sentence) <= _MOST_TEXT else sentence[: _MOST_TEXT - 1] + "…"
    by_customer = said.by == "customer"
    if by_customer and _TOLD.search(sentence):
        yield Extracted("fact", text, said.id, signal="already_told")
    if sentence.endswith("?"):
        if _is_question(sentence, by_customer=by_customer):
            answer = _answer(said, later)
            at = None if answer is None else answer.at
            yield Extracted("question", text, said.id, answer=_short(answer), answered_at=at)
    elif _ATTEMPT.search(sentence) and not _NOT_TRIED.search(sentence):
        yield Extracted("attempt", text, said.id)
    elif not by_customer and _WILL.search(sentence) and not _DEPENDS.search(sentence):
        yield Extracted("commitment", text, said.id, due_at=due(sentence, said.at))


def _sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a message, without what it quotes, each once."""
    plain = text[:_MOST_CHARACTERS].replace("\u2019", "'")
    lines = (line for line in plain.splitlines() if not line.lstrip().startswith(">"))
    found = (" ".join(one.split()) for one in _BETWEEN.split("\n".join(lines)))
    yield from dict.fromkeys(one for one in found if one)


def _is_question(sentence: str, *, by_customer: bool) -> bool:
    if len(sentence.split()) < _LEAST_QUESTION_WORDS or _COURTESY.search(sentence):
        return False
    if not by_customer:
        return not (_OFFER.search(sentence) or _SECRET.search(sentence))
    is_fragment = len(sentence.split()) <= _MOST_FRAGMENT_WORDS and not _VERB.search(sentence)
    return not (is_fragment or _OWED_NOTHING.search(sentence))


def _answer(asked: Utterance, later: Sequence[Utterance]) -> Utterance | None:
    """Return the message that answers a question, if one does."""
    if asked.by != "customer":
        reply = next((one for one in later if one.by == "customer"), None)
        is_none = reply is None or _NO_ANSWER.search(reply.text) or _SECRET.search(reply.text)
        return None if is_none else reply
    return next((one for one in later if one.by in _TENANT and _says_something(one.text)), None)


def _says_something(text: str) -> bool:
    """Return whether a message does more than to greet, to ask, or to put off."""
    return any(
        not sentence.endswith("?") and not _HOLDING.search(sentence)
        for sentence in _sentences(text)
    )


def _short(answer: Utterance | None) -> str | None:
    if answer is None:
        return None
    text = " ".join(" ".join(_sentences(answer.text)).split())
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"
