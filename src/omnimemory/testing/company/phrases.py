"""Phrases that the sample company's background talk is put together from, in three languages."""

from __future__ import annotations

from typing import Final, NamedTuple


class Topic(NamedTuple):
    """One kind of request in one language; ``{n}`` is an order or invoice number."""

    part: str
    tags: tuple[str, ...]
    subject: str
    ask: str
    answer: str
    more: str
    also: str
    thanks: str


_ENGLISH: Final = (
    Topic(
        "invoices",
        ("billing", "invoice"),
        "Wrong address on invoice INV-{n}",
        "Invoice INV-{n} still shows our old address. Can you send a corrected one?",
        "I have corrected the address and sent a new version of INV-{n} to you.",
        "The VAT number is missing now, could you add it?",
        "Added, the third version is in your inbox.",
        "Perfect, got it. Thanks!",
    ),
    Topic(
        "receipts",
        ("receipts", "printer"),
        "Receipt printer prints blank pages",
        "Since this morning our receipt printer feeds empty paper after every sale.",
        "That usually is the paper width. Please set it to 80 mm under Settings > Receipts.",
        "It was at 58. Printing again, but the euro sign is missing.",
        "Choose the character set 'Western' and restart the printer.",
        "All good after a restart, thank you.",
    ),
    Topic(
        "orders",
        ("orders",),
        "Order ORD-{n} shows as unpaid",
        "A customer paid ORD-{n} in the shop but the order list says unpaid.",
        "The payment was booked on the wrong till. I moved it to ORD-{n}.",
        "Can I do that myself next time?",
        "Yes: open the order and choose Payments > Move.",
        "Good to know. You can close this.",
    ),
    Topic(
        "shipping",
        ("shipping", "labels"),
        "Shipping label for ORD-{n} is empty",
        "The label of ORD-{n} comes out as a white page. The parcel must leave today.",
        "I made the label again; it works when the order note holds plain text only.",
        "There was a smiley in the note, indeed.",
        "That is a known fault; engineering has it.",
        "Parcel is out. Cheers!",
    ),
    Topic(
        "storefront",
        ("storefront",),
        "Opening hours in our web shop",
        "How do I tell the web shop that we are closed between the holidays?",
        "For now please set the stock of all products to zero on those days; "
        "planned closures are on our list.",
        "That is a lot of clicking. Any date for it?",
        "Not yet, I have added your vote to it.",
        "All right, I'll wait for it.",
    ),
    Topic(
        "payments",
        ("payments", "terminal"),
        "Card terminal says 'no host'",
        "Our T2 terminal shows 'no host' every evening around six.",
        "The router drops the line then. Please turn on offline payments; up to 50 are kept.",
        "Turned on. Is there a limit on the amount?",
        "50 euros a payment while the line is down.",
        "Works so far, thanks for the quick help.",
    ),
    Topic(
        "accounts",
        ("access", "login"),
        "New colleague cannot log in",
        "We invited a new colleague, but her link says it has expired.",
        "Links are good for 48 hours. I have sent a new one just now.",
        "She is in. Can she see our invoices?",
        "Only with the role Bookkeeping; you can give it to her under Team.",
        "That's what we needed.",
    ),
    Topic(
        "subscriptions",
        ("billing", "plan"),
        "Change of plan from next month",
        "We would like to move to the next bigger plan from the first of next month.",
        "Done: the new plan starts on the first, and the price is in your next invoice.",
        "Does the contract start again with it?",
        "No, its end date stays as it is.",
        "Thank you, that is fair.",
    ),
)

_GERMAN: Final = (
    Topic(
        "invoices",
        ("billing", "invoice"),
        "Rechnung INV-{n} fehlt",
        "die Rechnung INV-{n} ist bei uns nie angekommen. Können Sie sie noch einmal schicken?",
        "ich habe Ihnen INV-{n} soeben noch einmal als PDF geschickt.",
        "Danke. Bitte künftig an unsere Buchhaltung.",
        "Ist so hinterlegt.",
        "Alles angekommen, vielen Dank.",
    ),
    Topic(
        "receipts",
        ("receipts", "tse"),
        "Kasse meldet TSE-Fehler",
        "unsere Kasse meldet seit heute früh einen TSE-Fehler und druckt keine Belege mehr.",
        "bitte die TSE einmal abziehen, eine Minute warten und die Kasse neu starten.",
        "Läuft wieder. Muss ich den Ausfall dokumentieren?",
        "Ja, das Protokoll liegt unter Berichte > Ausfälle.",
        "Super, danke für die schnelle Hilfe!",
    ),
    Topic(
        "orders",
        ("orders",),
        "Bestellung {n} doppelt in der Liste",
        "die Bestellung ORD-{n} steht zweimal in der Liste, bezahlt wurde sie einmal.",
        "die zweite war ein Entwurf. Ich habe ihn gelöscht, an der Zahlung ändert sich nichts.",
        "Kommt das öfter vor?",
        "Nur wenn beim Speichern das Netz weg war.",
        "Gut, dann bitte schließen.",
    ),
    Topic(
        "accounts",
        ("access", "login"),
        "Passwort zurücksetzen",
        "ich komme nicht mehr in mein Konto, die Mail zum Zurücksetzen kommt nicht an.",
        "die Mails lagen im Spamfilter Ihres Anbieters. Ich habe eine neue ausgelöst.",
        "Jetzt ist sie da.",
        "Gut. Der Link gilt 48 Stunden.",
        "Danke, hat geklappt.",
    ),
    Topic(
        "payments",
        ("payments", "terminal"),
        "Kartenzahlung bricht ab",
        "bei Beträgen über 100 Euro bricht die Kartenzahlung am Terminal ab.",
        "das Tageslimit des Terminals war zu niedrig. Ich habe es auf 5.000 Euro erhöht.",
        "Gilt das ab sofort?",
        "Ja, ab der nächsten Zahlung.",
        "Klappt. Schönen Tag noch!",
    ),
    Topic(
        "storefront",
        ("storefront",),
        "Brezen im Webshop nicht sichtbar",
        "unsere neuen Artikel erscheinen nicht im Webshop, in der Kasse sind sie da.",
        "den Artikeln fehlt eine Kategorie; ohne sie zeigt der Webshop sie nicht.",
        "Ah, verstanden. Und die Reihenfolge?",
        "Die folgt der Kategorie, ziehen genügt.",
        "Jetzt passt alles, merci!",
    ),
)

_CHINESE: Final = (
    Topic(
        "shipping",
        ("shipping", "labels"),
        "订单 ORD-{n} 发货标签",
        "您好，订单 ORD-{n} 的发货标签打不出来，请帮忙看一下。",
        "您好，标签已经重新生成，请刷新页面后再打印。",
        "可以打印了，但是地址只显示一半。",
        "请把标签尺寸改为 100 × 150 毫米。",
        "问题解决了，非常感谢！",
    ),
    Topic(
        "invoices",
        ("billing", "invoice"),
        "发票 INV-{n} 金额",
        "您好，发票 INV-{n} 的金额和上个月不一样，请问为什么？",
        "您好，因为本月增加了一台收银机。明细在发票第二页。",
        "明白了。可以按年付款吗？",
        "可以，下个月开始按年开票。",
        "好的，谢谢您的解释。",
    ),
)

TOPICS: Final = {"en": _ENGLISH, "de": _GERMAN, "zh": _CHINESE}
GREETINGS: Final = {
    "en": ("Hello,\n\n", "Kind regards\n"),
    "de": ("Guten Tag,\n\n", "Mit freundlichen Grüßen\n"),
    "zh": ("", "谢谢\n"),
}
BOT_OPENINGS: Final = {
    "en": "Hi, I'm Tilly. What can I help you with today?",
    "de": "Hallo, ich bin Tilly. Wie kann ich helfen?",
    "zh": "您好，我是 Tilly。请问有什么可以帮您？",
}
PICK_UPS: Final = {
    "en": "Tillwright, good morning. How can I help?",
    "de": "Tillwright, guten Tag. Was kann ich für Sie tun?",
    "zh": "Tillwright, good morning. How can I help?",
}
INTERNAL: Final = (
    "Checked the logs, nothing unusual on our side.",
    "Third request of this kind this month, worth an article.",
    "Asked Marek to have a look at the device.",
    "They are on the gold plan, please answer within four hours.",
)
USAGE: Final = (
    "orders.created",
    "orders.exported",
    "report.viewed",
    "invoice.viewed",
    "product.updated",
    "label.printed",
)
FAILURES: Final = (
    ("label.print_failed", "E2107", "label service answered 400"),
    ("login.failed", "E1003", "wrong password"),
    ("checkout.payment_failed", "E4001", "card declined"),
)
