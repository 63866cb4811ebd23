"""Ask the memory in SPARQL, and hand it on in standard vocabularies."""

from __future__ import annotations

import tempfile
from pathlib import Path

import omnimemory

WAITING = """
SELECT ?number ?subject ?issue WHERE {
    ?ticket a om:SupportTicket ; schema:alternateName ?number ; dcterms:title ?subject ;
        om:dependsOn/dcterms:title ?issue .
}
"""


def main() -> None:
    with omnimemory.connect("sqlite://", tenant="acme") as memory:
        memory.ingest(
            [
                {
                    "type": "issue",
                    "source": "jira",
                    "id": "10017",
                    "number": "PAY-17",
                    "subject": "Card charged twice on retry",
                },
                {
                    "type": "ticket",
                    "source": "zendesk",
                    "id": "7",
                    "number": "7",
                    "subject": "Two payments for one order",
                    "requester": {"email": "ada@example.org"},
                    "depends_on": [{"kind": "Issue", "source": "jira", "id": "10017"}],
                },
            ]
        )
        print(memory.sparql(WAITING))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "acme.ttl"
            print(memory.export_rdf(path), "triples of Turtle")


if __name__ == "__main__":
    main()
