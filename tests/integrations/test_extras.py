"""Each adapter has an extra of its own, and says so where it is missing or of another shape."""

from __future__ import annotations

import subprocess
import sys

import pytest

EXTRAS = {
    "adk": ("adk", "google.adk.plugins.base_plugin"),
    "agent_framework": ("agent-framework", "agent_framework"),
    "langchain": ("langchain", "langchain.agents.middleware"),
    "langgraph": ("langgraph", "langgraph.store.base"),
    "llama_index": ("llama-index", "llama_index.core.memory"),
    "mcp": ("mcp", "mcp"),
    "openai_agents": ("openai-agents", "agents"),
    "pydantic_ai": ("pydantic-ai", "pydantic_ai"),
}
"""By adapter: its extra, and the module of the framework that it stands on."""


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("adapter", EXTRAS)
@pytest.mark.parametrize("there", ["None", "types.ModuleType('empty')"], ids=["missing", "wrong"])
def test_a_missing_or_wrong_extra_names_its_install_line(adapter: str, there: str) -> None:
    extra, module = EXTRAS[adapter]
    said = _run(
        f"import sys, types, importlib\n"
        f"sys.modules[{module!r}] = {there}\n"
        f"from omnimemory import MissingExtraError\n"
        f"try:\n    importlib.import_module('omnimemory.integrations.{adapter}')\n"
        f"except MissingExtraError as error:\n    print(error)"
    )
    assert said.endswith(f"run: pip install 'omnimemory-graph[{extra}]'")


def test_what_frameworks_share_imports_none_of_them() -> None:
    wanted = "import omnimemory\nimport omnimemory.integrations.turns\n"
    roots = {module.partition(".")[0] for _, module in EXTRAS.values()}
    loaded = _run(f"{wanted}import sys\nprint(*(m for m in {sorted(roots)!r} if m in sys.modules))")
    assert loaded == ""
