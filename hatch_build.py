"""Puts cytoscape.js into what is built; see `vendor.py`.

``OMNIMEMORY_VENDOR=skip`` builds without it, and ``require`` fails where it cannot be had.
Left alone, a build without npm or network goes on and says so: everything but
`Graph.to_html` works without it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class VendorHook(BuildHookInterface[Any]):
    """Runs `vendor.py` before files are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch what is not there yet."""
        del version, build_data
        wish = os.environ.get("OMNIMEMORY_VENDOR", "try")
        if wish == "skip":
            return
        script = Path(self.root) / "vendor.py"
        done = subprocess.run([sys.executable, str(script)], check=False)  # noqa: S603
        if done.returncode and wish == "require":
            raise RuntimeError("cytoscape.js could not be fetched, and OMNIMEMORY_VENDOR=require")
        if done.returncode:
            self.app.display_warning("building without cytoscape.js: Graph.to_html will not work")
