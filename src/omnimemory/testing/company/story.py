"""Dana Kovač is charged twice: chat, then e-mail, then telephone, written by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from omnimemory.testing.company.shapes import (
    Case,
    Change,
    Chat,
    Comment,
    Day,
    Event,
    Handover,
    Line,
    Mail,
    PhoneCall,
    Target,
    at,
)

TICKET: Final = 35_436
EARLIER_TICKET: Final = 35_102
ISSUE_NUMBER: Final = 812
CHAT: Final = "C-9043"
CALL: Final = "CALL-7781"
MOBILE: Final = "+49 171 3920017"

CASE: Final = Case(
    id=TICKET,
    subject="Charged twice for invoice INV-2231",
    requester="dana",
    assignee="kim",
    channel="chat",
    part="payments",
    priority="high",
    tags=("payments", "double_charge", "refund", "area_payments"),
    comments=(
        Comment(
            at("2026-03-03 09:25"),
            "tilly",
            "Handed over from chat C-9043.\n"
            "Charged twice (2 × 189.00 EUR) for invoice INV-2231 after the checkout kept failing "
            "with E4012. Customer has cleared the cache, tried another browser and another card. "
            "She wants one of the two payments back.",
        ),
        Comment(
            at("2026-03-04 11:52"),
            "kim",
            "Customer wrote to the support mailbox this morning, answered there. Two captures in "
            "the ledger for INV-2231: pay_7Q2M at 16:44 and pay_7Q2N at 16:51. Refund of pay_7Q2N "
            "promised by Friday, 6 March. Needs Priya's approval because it is above 150 EUR.",
            public=False,
        ),
        Comment(
            at("2026-03-04 15:10"),
            "marek",
            "Same thing as ticket 35102 in January: the payment page retries after E4012 and "
            "captures a second time. Engineering has it as "
            "https://github.example/tillwright/shop/issues/812. The fix is in review.",
            public=False,
        ),
        Comment(
            at("2026-03-05 16:04"),
            "luca",
            "She phoned. I could see neither the chat nor her mail and had to ask for everything "
            "again. Told her that we call back by Friday noon with the state of the refund.",
            public=False,
        ),
    ),
    changes=(
        Change(at("2026-03-03 09:40"), "priya", "priority", "normal", "high"),
        Change(at("2026-03-04 11:40"), "kim", "status", "new", "open"),
        Change(at("2026-03-04 11:41"), "kim", "assignee_id", None, "kim"),
        Change(at("2026-03-04 15:11"), "marek", "status", "open", "hold"),
        Change(at("2026-03-05 16:05"), "luca", "status", "hold", "open"),
    ),
    targets=(
        Target("first_reply_time", 480, at("2026-03-03 09:25"), at("2026-03-04 11:40")),
        Target("total_resolution_time", 4_595, at("2026-03-03 09:25")),
    ),
)

EARLIER_CASE: Final = Case(
    id=EARLIER_TICKET,
    subject="Two card payments for one invoice (INV-1987)",
    requester="amelie",
    assignee="kim",
    channel="email",
    part="payments",
    priority="normal",
    tags=("payments", "double_charge", "refund"),
    comments=(
        Comment(
            at("2026-01-19 10:12"),
            "amelie",
            "Good morning, our card statement shows two payments of 420.00 EUR for invoice "
            "INV-1987. The first attempt ended with error E4012, so I pressed pay again. "
            "Could you refund one of them?",
        ),
        Comment(
            at("2026-01-19 13:30"),
            "kim",
            "Hello Amélie, I found both payments. When the page shows E4012 the first payment "
            "has sometimes gone through already. I am sending the refund of the second one today; "
            "banks take three to five days to show it.",
        ),
        Comment(
            at("2026-01-20 09:05"),
            "marek",
            "Reproduced with a slow 3-D Secure answer: checkout retries without the idempotency "
            "key. Opened https://github.example/tillwright/shop/issues/812.",
            public=False,
        ),
        Comment(at("2026-01-24 08:47"), "amelie", "The money has arrived. Thank you, Kim!"),
        Comment(
            at("2026-01-24 09:00"),
            "kim",
            "Glad to hear it. What helped: refund the later capture from the ledger (Payments > "
            "Captures > Return), not a credit note, so that the invoice stays paid.",
        ),
    ),
    changes=(
        Change(at("2026-01-19 13:30"), "kim", "status", "new", "open"),
        Change(at("2026-01-19 13:31"), "kim", "status", "open", "pending"),
        Change(at("2026-01-24 08:47"), "amelie", "status", "pending", "open"),
        Change(at("2026-01-24 09:00"), "kim", "status", "open", "solved"),
    ),
    targets=(
        Target("first_reply_time", 480, at("2026-01-19 10:12"), at("2026-01-19 13:30")),
        Target("total_resolution_time", 2_880, at("2026-01-19 10:12"), at("2026-01-24 09:00")),
    ),
    score="good",
)

CHAT_TRANSCRIPT: Final = Chat(
    id=CHAT,
    customer="dana",
    ticket=TICKET,
    lines=(
        Line(at("2026-03-03 09:02"), "bot", "Hi, I'm Tilly. What can I help you with today?"),
        Line(at("2026-03-03 09:03"), "customer", "I was charged twice for INV-2231"),
        Line(
            at("2026-03-03 09:03"),
            "bot",
            "I'm sorry to hear that. Payment pages often work again after clearing the browser's "
            "cache. Would you like to try that?",
        ),
        Line(
            at("2026-03-03 09:05"),
            "customer",
            "I did that yesterday. And another browser. Checkout kept saying E4012, so I tried my "
            "other card too. Now both show 189 euros 😕",
        ),
        Handover(at("2026-03-03 09:06"), "bot", "ai_agent", "a billing question with an invoice"),
        Line(
            at("2026-03-03 09:07"),
            "ai_agent",
            "Thank you, Dana. I can see invoice INV-2231 over 189.00 EUR for Nordkrume Bakery, "
            "marked as paid. I cannot return payments myself. Could you give me the last four "
            "digits of both cards?",
        ),
        Line(at("2026-03-03 09:09"), "customer", "4417 and 0093. I want one of them back please."),
        Line(
            at("2026-03-03 09:10"),
            "ai_agent",
            "I'll hand you to a colleague in billing who can do that. Please stay in this window.",
        ),
        Handover(at("2026-03-03 09:11"), "ai_agent", "agent", "refund needs a person"),
        Line(
            at("2026-03-03 09:24"),
            "customer",
            "Is anybody there? I have twenty loaves in the oven",
        ),
        Line(
            at("2026-03-03 09:25"),
            "bot",
            "All colleagues are busy. I have opened ticket 35436 for you; we will get back to "
            "you within eight hours.",
        ),
        Line(at("2026-03-03 09:26"), "customer", "Never mind. I'll write you a mail."),
    ),
    rating=(1, "Twenty minutes for nothing, and I still don't have my money."),
)

_DANA_MAIL = "20260304081200.3f1c@mail.example.org"
_KIM_REPLY = "20260304114000.77ab@tillwright.example"
_DANA_THANKS = "20260304122100.51d0@mail.example.org"

MAILS: Final = (
    Mail(
        id=_DANA_MAIL,
        at=at("2026-03-04 08:12"),
        sender="dana",
        subject="Refund for double payment, invoice INV-2231",
        text=(
            "Hello,\n\n"
            "on Monday evening I tried to pay invoice INV-2231 (order ORD-48213, the oven timer "
            "module).\nThe checkout failed seven times with E4012. I have already\n\n"
            "- cleared the cache,\n"
            "- tried Firefox instead of Chrome,\n"
            "- used my other card (ending in 0093).\n\n"
            "Today both cards show 189.00 EUR. I waited twenty minutes in your chat yesterday and "
            "nobody came.\nPlease send one payment back. My rent is due on Monday.\n\n"
            "Kind regards\n"
            "Dana Kovač\n\n"
            "-- \n"
            "Dana Kovač\n"
            "Nordkrume Bakery GmbH, Berlin\n"
            "Mobile +49 171 3920017\n"
        ),
        attachment=(
            "statement-march.csv",
            "text/csv",
            (
                b"date;text;amount\n"
                b"2026-03-02;TILLWRIGHT INV-2231;-189.00\n"
                b"2026-03-02;TILLWRIGHT INV-2231;-189.00\n"
            ),
        ),
    ),
    Mail(
        id=_KIM_REPLY,
        at=at("2026-03-04 11:40"),
        sender="kim",
        to="dana",
        subject="Re: Refund for double payment, invoice INV-2231 [#35436]",
        in_reply_to=_DANA_MAIL,
        references=(_DANA_MAIL,),
        text=(
            "Hello Dana,\n\n"
            "I am sorry, yesterday should not have happened. I found both payments and your "
            "invoice stays paid.\n"
            "You will have the refund of 189.00 EUR by Friday, 6 March. "
            "Please do not dispute the payment with your bank meanwhile, that would stop it.\n\n"
            "Best regards\n"
            "Kim Osei\n"
            "Tillwright Billing\n\n"
            "On Wed, 4 Mar 2026 at 09:12, Dana Kovač <dana@example.org> wrote:\n"
            "> Hello,\n"
            ">\n"
            "> on Monday evening I tried to pay invoice INV-2231 (order ORD-48213, the oven timer\n"
            "> module).\n"
            "> The checkout failed seven times with E4012.\n"
        ),
    ),
    Mail(
        id=_DANA_THANKS,
        at=at("2026-03-04 12:21"),
        sender="dana",
        subject="Re: Refund for double payment, invoice INV-2231 [#35436]",
        in_reply_to=_KIM_REPLY,
        references=(_DANA_MAIL, _KIM_REPLY),
        text=(
            "Thank you, Kim. If anything comes up please phone me, I don't read mail while I "
            "bake.\n\n"
            "Dana\n\n"
            "On Wed, 4 Mar 2026 at 12:40, Kim Osei <kim@tillwright.example> wrote:\n"
            "> Hello Dana,\n"
            ">\n"
            "> You will have the refund of 189.00 EUR by Friday, 6 March.\n"
        ),
    ),
)

PHONE_CALL: Final = PhoneCall(
    id=CALL,
    at=at("2026-03-05 15:58"),
    seconds=192,
    number=MOBILE,
    agent="luca",
    outcome="callback_promised",
    ticket=TICKET,
    turns=(
        ("Luca", 0, "Tillwright, this is Luca, good afternoon. How can I help?"),
        ("Dana", 4, "Hi, Dana Kovač from Nordkrume. Has my refund been sent?"),
        ("Luca", 9, "May I have a ticket number, and what is it about?"),
        (
            "Dana",
            14,
            "I told your chat, and I told Kim by mail. You charged me twice for invoice 2231.",
        ),
        ("Luca", 24, "I only see a ticket on hold here. Have you tried clearing the cache?"),
        ("Dana", 31, "Yes! And another browser, and another card. I don't want to try things."),
        (
            "Luca",
            40,
            "Understood, I'm sorry. I'll ask billing and we call you back by Friday noon.",
        ),
        ("Dana", 49, "Please do, on this number. In the afternoon I can't pick up."),
    ),
)

_CHECKOUT: Final = (("area", "payments"), ("amount", 189.0), ("currency", "EUR"))


def _failed(time: str, card: str, *, sent: int = 1, late: int = 0) -> Event:
    return Event(
        at(f"2026-03-02 {time}"),
        "dana",
        "checkout.payment_failed",
        (
            ("error_code", "E4012"),
            ("error", "3-D Secure answer timed out"),
            ("invoice", "INV-2231"),
            ("card_last4", card),
            *_CHECKOUT,
        ),
        late_by=timedelta(hours=late, seconds=2),
        sent=sent,
    )


EVENTS: Final = (
    Event(at("2026-03-02 16:38"), "dana", "invoice.viewed", (("invoice", "INV-2231"),)),
    Event(at("2026-03-02 16:39"), "dana", "checkout.started", (("invoice", "INV-2231"),)),
    _failed("16:41", "4417"),
    _failed("16:43", "4417", sent=3),
    _failed("16:44", "4417"),
    _failed("16:46", "4417"),
    _failed("16:49", "0093", sent=2),
    _failed("16:51", "0093"),
    _failed("16:52", "0093", late=19),
    Event(at("2026-03-02 16:55"), "dana", "checkout.payment_succeeded", (("invoice", "INV-2231"),)),
    Event(at("2026-03-03 09:01"), "dana", "help.opened", (("page", "invoices"),)),
    Event(at("2026-03-05 05:12"), "dana", "orders.exported", (("rows", 212),)),
    Event(
        at("2026-01-19 09:58"),
        "amelie",
        "checkout.payment_failed",
        (("error_code", "E4012"), ("invoice", "INV-1987"), ("area", "payments")),
    ),
)

STORY: Final = Day(
    cases=(CASE, EARLIER_CASE),
    mails=MAILS,
    chats=(CHAT_TRANSCRIPT,),
    calls=(PHONE_CALL,),
    events=EVENTS,
)
