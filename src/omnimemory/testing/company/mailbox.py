"""The sample company's support mailbox as one mbox file."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Final

from omnimemory.testing.company.people import AGENTS, CUSTOMERS, VENDOR, VENDOR_DOMAIN
from omnimemory.testing.company.shapes import Mail

SUPPORT: Final = f"support@{VENDOR_DOMAIN}"


def mbox(mails: Iterable[Mail]) -> bytes:
    """Return the mails as an mbox (the mboxrd form, where body lines are quoted)."""
    return b"".join(_entry(mail) for mail in mails)


def _entry(mail: Mail) -> bytes:
    body = _message(mail).as_bytes(policy=SMTP.clone(linesep="\n"))
    lines = (b">" + line if _looks_like_from(line) else line for line in body.split(b"\n"))
    first = f"From {_address(mail.sender)[1]} {mail.at.ctime()}\n"
    return first.encode("ascii") + b"\n".join(lines) + b"\n\n"


def _looks_like_from(line: bytes) -> bool:
    return line.lstrip(b">").startswith(b"From ")


def _address(key: str) -> tuple[str, str]:
    if key in AGENTS:
        return AGENTS[key].name, AGENTS[key].email
    return (CUSTOMERS[key].name, CUSTOMERS[key].email) if key else (VENDOR, SUPPORT)


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = formataddr(_address(mail.sender))
    message["To"] = formataddr(_address(mail.to))
    if mail.sender in AGENTS:
        message["Reply-To"] = formataddr((VENDOR, SUPPORT))
    if mail.cc:
        message["Cc"] = ", ".join(formataddr(_address(key)) for key in mail.cc)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.id}>"
    if mail.in_reply_to:
        message["In-Reply-To"] = f"<{mail.in_reply_to}>"
        message["References"] = " ".join(f"<{one}>" for one in mail.references)
    _fill(message, mail)
    return message


def _fill(message: EmailMessage, mail: Mail) -> None:
    if mail.html:
        message.set_content(mail.html, subtype="html")
        return
    message.set_content(mail.text)
    if mail.attachment:
        name, media_type, content = mail.attachment
        maintype, subtype = media_type.split("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
        message.set_boundary(f"=_{mail.id.split('@')[0]}")
