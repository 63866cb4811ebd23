"""The people around the story whom a naive system confuses: households, namesakes, shared inboxes.

Also the mails that break naive readers: HTML only, quoted to the bottom, in other scripts.
"""

from __future__ import annotations

from typing import Final

from omnimemory.testing.company.shapes import (
    Chat,
    Day,
    Handover,
    Line,
    Mail,
    PhoneCall,
    at,
)

LANDLINE: Final = "+49 40 66969 220"

_INFO = "20260210071500.0a11@nordkrume.example"
_INFO_REPLY = "20260210093000.0a12@tillwright.example"
_MOSER = "20260122170300.b0b0@alpenrast.example"
_CHEN = "20260212103000.c4e2@jadewell.example"
_CHEN_REPLY = "20260212141500.c4e3@tillwright.example"
_LUNA = "20260218200100.11aa@quillfern.example"

MAILS: Final = (
    Mail(
        id=_INFO,
        at=at("2026-02-10 07:15"),
        sender="nordkrume-info",
        subject="Lieferscheine drucken",
        text=(
            "Guten Morgen,\n\nseit dem Update druckt die Kasse die Lieferscheine ohne Logo.\n"
            "Wo stellen wir das ein?\n\nViele Grüße\nPaul aus der Backstube\n"
        ),
    ),
    Mail(
        id=_INFO_REPLY,
        at=at("2026-02-10 09:30"),
        sender="marek",
        to="nordkrume-info",
        subject="Re: Lieferscheine drucken",
        in_reply_to=_INFO,
        references=(_INFO,),
        text=(
            "Hallo Paul,\n\nunter Einstellungen > Belege > Vorlage das Logo neu hochladen, "
            "dann kommt es wieder.\n\nGruß\nMarek\n\n"
            "Am 10.02.2026 um 08:15 schrieb Backstube Nordkrume <info@nordkrume.example>:\n"
            "> Guten Morgen,\n>\n> seit dem Update druckt die Kasse die Lieferscheine ohne Logo.\n"
        ),
    ),
    Mail(
        id="20260211061000.0a13@nordkrume.example",
        at=at("2026-02-11 06:10"),
        sender="nordkrume-info",
        subject="Re: Lieferscheine drucken",
        in_reply_to=_INFO_REPLY,
        references=(_INFO, _INFO_REPLY),
        text="Hat geklappt, danke! Mira\n",
    ),
    Mail(
        id=_MOSER,
        at=at("2026-01-22 17:03"),
        sender="korbinian",
        subject="Kartenterminal in der Hütte ohne Netz",
        text="",
        html=(
            "<html><body><p>Servus,</p><p>bei uns oben ist oft <b>kein Netz</b>. Nimmt das "
            "Terminal die Zahlungen dann trotzdem an und sendet sie später?</p>"
            "<ul><li>Terminal: T2</li><li>Firmware: 5.1</li></ul>"
            "<p>Pfiat eich<br>Korbinian Moser</p></body></html>"
        ),
    ),
    Mail(
        id=_CHEN,
        at=at("2026-02-12 10:30"),
        sender="meilin",
        subject="网店无法付款 / shop payments",
        cc=("ruth",),
        text=(
            "您好：\n\n今天早上我们的网店有三位顾客无法付款，页面显示“E4012”。\n"
            "请问什么时候可以修好？顾客都在等茶叶。🍵\n\n谢谢！\n陈美玲\n"
        ),
    ),
    Mail(
        id=_CHEN_REPLY,
        at=at("2026-02-12 14:15"),
        sender="tom",
        to="meilin",
        cc=("ruth",),
        subject="Re: 网店无法付款 / shop payments",
        in_reply_to=_CHEN,
        references=(_CHEN,),
        text=(
            "您好，陈女士：\n\n错误 E4012 是银行验证超时。请让顾客只付款一次，"
            "稍等一分钟再刷新页面。我们的工程师正在修复。\n\nTom Adeyemi\nTillwright\n"
        ),
    ),
    Mail(
        id=_LUNA,
        at=at("2026-02-18 20:01"),
        sender="luna",
        subject="🎉🎉 shop is LIVE 🎉🎉",
        text=(
            "Omg it works 😍🙌 the new storefront is up and people are BUYING 🛍️🛍️🛍️\n"
            "one thing tho 🥲 the 👩‍🎨 banner is cut off on phones 📱➡️✂️ can you look?? 🙏\n"
            "luna ✨🖋️✨\n"
        ),
    ),
    Mail(
        id="20260303120000.dk01@mail.example.org",
        at=at("2026-03-03 12:00"),
        sender="dana-k",
        subject="Rechnung INV-2250",
        text=(
            "Guten Tag,\n\nbitte schicken Sie mir die Rechnung INV-2250 noch einmal als PDF.\n\n"
            "Dana Kovacs\n"
        ),
    ),
)

CHATS: Final = (
    Chat(
        id="C-8820",
        customer="jonas-v",
        lines=(
            Line(at("2026-01-14 15:20"), "bot", "Hallo, ich bin Tilly. Wie kann ich helfen?"),
            Line(at("2026-01-14 15:21"), "customer", "Ich brauche die Jahresrechnung als PDF."),
            Line(
                at("2026-01-14 15:21"),
                "bot",
                "Unter Konto > Rechnungen können Sie alle Rechnungen eines Jahres laden.",
            ),
            Line(at("2026-01-14 15:23"), "customer", "Gefunden, danke."),
        ),
        rating=(5, ""),
    ),
    Chat(
        id="C-8977",
        customer="hao",
        lines=(
            Line(at("2026-02-20 08:40"), "bot", "Hi, I'm Tilly. What can I help you with today?"),
            Line(at("2026-02-20 08:41"), "customer", "你好，订单 ORD-47120 还没有发货标签 📦"),
            Handover(at("2026-02-20 08:42"), "bot", "agent", "language"),
            Line(at("2026-02-20 08:49"), "tom", "您好！标签已经重新生成，请刷新页面。"),
            Line(at("2026-02-20 08:52"), "customer", "好的，看到了，谢谢 👍"),
        ),
        rating=(5, "很快"),
    ),
)

CALLS: Final = (
    PhoneCall(
        id="CALL-7610",
        at=at("2026-01-27 17:05"),
        seconds=148,
        number=LANDLINE,
        agent="sofia",
        outcome="solved",
        turns=(
            ("Sofia", 0, "Tillwright, Sofia am Apparat."),
            ("Edda", 3, "Edda Brunn hier. Mein Gutschein GS-771 wird nicht angenommen."),
            ("Sofia", 11, "Der ist seit gestern gültig, bitte jetzt noch einmal versuchen."),
            ("Edda", 25, "Ja, jetzt geht es. Danke!"),
        ),
    ),
    PhoneCall(
        id="CALL-7702",
        at=at("2026-02-17 18:31"),
        seconds=96,
        number=LANDLINE,
        agent="luca",
        outcome="solved",
        turns=(
            ("Luca", 0, "Tillwright, hier ist Luca."),
            ("Nils", 3, "Nils Brunn. Ich möchte meine Bestellung ORD-47002 stornieren."),
            ("Luca", 12, "Erledigt, Sie bekommen gleich eine Bestätigung."),
        ),
    ),
    PhoneCall(
        id="CALL-7755",
        at=at("2026-03-06 09:41"),
        seconds=41,
        number="+49 171 3920017",
        agent=None,
        outcome="abandoned",
        turns=(),
    ),
)

EDGES: Final = Day(mails=MAILS, chats=CHATS, calls=CALLS)
