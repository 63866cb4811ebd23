"""From exports to a context pack: a customer goes from chat to e-mail to phone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from omnimemory.testing import company, demo


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, demo.build(Path(folder)) as memory:
        dana = memory.customer(company.DANA.mobile)  # she phones; this is all the agent has
        print(dana)
        pack = memory.context_pack(dana, "Where is my refund?", budget=1_500, as_of=company.NOW)
        print(pack.markdown())


if __name__ == "__main__":
    main()
