"""The same memory from asyncio: calls run on threads of their own."""

from __future__ import annotations

import asyncio

from omnimemory import AsyncMemory


async def serve() -> None:
    async with await AsyncMemory.connect("sqlite://", tenant="acme") as memory:
        contact = {"type": "contact", "source": "crm", "id": "1"}
        await memory.ingest(contact | {"person": {"email": "ada@example.org", "name": "Ada"}})
        customer, pack = await asyncio.gather(
            memory.customer("ada@example.org"), memory.context_pack("ada@example.org")
        )
        print(customer, pack.tokens, "tokens")


def main() -> None:
    asyncio.run(serve())


if __name__ == "__main__":
    main()
