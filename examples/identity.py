"""Who is who: why two are one, a merge by hand, and how to take it back."""

import omnimemory
from omnimemory.model.records import Contact, Person


def main() -> None:
    with omnimemory.connect("sqlite://", tenant="acme", identity="cautious") as memory:
        report = memory.ingest(
            [
                Contact(source="mail", id="1", person=Person(name="Dana Kovac", email="d@x.org")),
                Contact(source="crm", id="2", person=Person(name="D. Kovac", email="D@x.org")),
                Contact(source="chat", id="3", person=Person(name="Robert Hale")),
            ]
        )
        print(dict(report.identity))
        print(memory.identity.why("identity:mail:1", "identity:crm:2"))
        print(memory.identity.merge("mail:1", "chat:3", by="agent:kim", reason="same phone call"))
        done = memory.identity.unmerge(["identity:chat:3"], by="agent:kim", reason="a mistake")
        print(done, "-", memory.customer("chat:3"))


if __name__ == "__main__":
    main()
