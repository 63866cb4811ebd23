"""The sample company's CRM and help centre: HubSpot tables and Zendesk articles."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from omnimemory.testing.company.people import ACCOUNTS, CUSTOMERS, Account, Customer

Json: TypeAlias = dict[str, Any]

MERGED_CONTACT: Final = 4_987
"""An older HubSpot contact of Sophie Marchetti's, merged into the one that is left."""
_HELP: Final = "https://help.tillwright.example/hc/en-us/articles"
_LANGUAGES: Final = {"en": "en", "de": "de", "zh": "zh-cn"}

_ARTICLES: Final = (
    (
        4_410_001,
        "Charged twice after a failed payment (E4012)",
        (
            "<p>E4012 means that the bank's 3-D Secure answer came too late. The payment may "
            "have gone through all the same.</p><ol><li>Wait one minute and reload the invoice."
            "</li><li>Do not pay again while it shows <em>pending</em>.</li><li>If two payments "
            "appear, write to us with the invoice number: the refund of the later one takes three "
            "working days.</li></ol>"
            "<p>Clearing the cache or changing the card does not help.</p>"
        ),
        ("payments", "double_charge"),
        "2026-01-26 10:00",
    ),
    (
        4_410_002,
        "Where do I find my invoices?",
        (
            "<p>Account &gt; Invoices lists all invoices of a year. Owners and bookkeeping may "
            "download them as PDF.</p>"
        ),
        ("billing",),
        "2025-08-11 09:00",
    ),
    (
        4_410_003,
        "Print delivery notes with your logo",
        "<p>Settings &gt; Receipts &gt; Template: upload the logo as PNG, at most 400 px wide.</p>",
        ("receipts",),
        "2025-10-02 09:00",
    ),
    (
        4_410_004,
        "Take payments while the terminal is offline",
        (
            "<p>The T2 terminal keeps up to 50 payments for 24 hours and sends them when it is "
            "back online. Amounts above 50 EUR are refused while offline.</p>"
        ),
        ("payments", "terminal"),
        "2025-09-15 09:00",
    ),
)


def _table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows(rows)
    return out.getvalue()


def companies() -> str:
    """Return ``crm/companies.csv`` with HubSpot's property names."""
    names = ["id", "name", "domain", "city", "country", "industry", "plan_tier"]
    names += ["annualrevenue", "hs_currency", "createdate", "hs_lastmodifieddate"]
    return _table(names, [_company(account) for account in ACCOUNTS.values()])


def _company(account: Account) -> list[object]:
    currency = {"Germany": "EUR", "United Kingdom": "GBP"}.get(account.country, "USD")
    return [
        account.hubspot_id,
        account.name,
        account.domain,
        account.city,
        account.country,
        account.industry,
        account.tier,
        account.annual_value,
        currency,
        "2025-06-02T08:00:00Z",
        "2026-02-01T08:00:00Z",
    ]


def contacts() -> str:
    """Return ``crm/contacts.csv`` with HubSpot's property names."""
    names = ["id", "firstname", "lastname", "email", "hs_additional_emails", "phone"]
    names += ["mobilephone", "jobtitle", "company", "associatedcompanyid", "hs_language"]
    names += ["lifecyclestage", "hs_merged_object_ids", "createdate", "lastmodifieddate"]
    return _table(names, [_contact(customer) for customer in CUSTOMERS.values()])


def _contact(customer: Customer) -> list[object]:
    account = ACCOUNTS.get(customer.account)
    return [
        customer.hubspot_id,
        customer.first,
        customer.last,
        customer.email,
        {"dana": "dana@nordkrume.example", "sophie": "s.marchetti@example.org"}.get(
            customer.key, ""
        ),
        customer.phone,
        customer.mobile,
        customer.title,
        account.name if account else "",
        account.hubspot_id if account else "",
        _LANGUAGES[customer.language],
        "customer",
        MERGED_CONTACT if customer.key == "sophie" else "",
        "2025-06-02T08:00:00Z",
        "2026-02-14T08:00:00Z" if customer.key == "sophie" else "2025-09-01T08:00:00Z",
    ]


def articles() -> Json:
    """Return ``articles.json`` as Zendesk's help centre lists them."""
    items = [
        {
            "id": id,
            "url": f"https://tillwright.zendesk.example/api/v2/help_center/en-us/articles/{id}.json",
            "html_url": f"{_HELP}/{id}",
            "title": title,
            "name": title,
            "body": body,
            "locale": "en-us",
            "source_locale": "en-us",
            "author_id": 900_100_003,
            "section_id": 4_400_001,
            "draft": False,
            "promoted": id == _ARTICLES[0][0],
            "position": place,
            "vote_sum": 3 * place,
            "vote_count": 5 * place,
            "label_names": list(labels),
            "created_at": f"{when.replace(' ', 'T')}:00Z",
            "updated_at": f"{when.replace(' ', 'T')}:00Z",
            "edited_at": f"{when.replace(' ', 'T')}:00Z",
        }
        for place, (id, title, body, labels, when) in enumerate(_ARTICLES)
    ]
    return {"articles": items, "count": len(items), "next_page": None, "page": 1, "page_count": 1}
