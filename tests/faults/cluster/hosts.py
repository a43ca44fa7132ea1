"""The hosts: two of the product, one of which may have a wrong clock, and those of what they need."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import psycopg

from config.environment import ROOT, WEBHOOK_PATH
from config.local.postgres import Postgres
from tests.faults.cluster import place
from tests.faults.cluster.units import Unit, program, wait
from tests.support.network import nginx, pooler
from tests.support.network.relay import Relay
from tests.support.store import Store

START = 240.0
AHEAD = 40
"""Seconds by which the second host's clock is wrong."""
LOG = """log_format answers escape=json '{{"at":$msec,"took":$request_time,"method":"$request_method",'
    '"path":"$request_uri","status":$status,"upstream":"$upstream_addr","said":"$upstream_status",'
    '"retry_after":"$sent_http_retry_after","done":"$request_completion"}}';
access_log {file} answers;"""
TIMEOUTS = {"lock_timeout": "2s", "statement_timeout": "60s", "idle_in_transaction_session_timeout": "15s"}
"""What the handbook sets for the role where a pooler drops a session's own."""
ROLE = f"""
CREATE ROLE createio LOGIN;
CREATE DATABASE createio OWNER createio;
{"".join(f"ALTER ROLE createio SET {name} = '{value}';" for name, value in TIMEOUTS.items())}
"""


class Hosts:
    """Every unit, by name; `wire` is the second worker's way to the database, `store` is S3."""

    def __init__(self, relay: Relay) -> None:
        self.wire = relay
        second = _wrong_clock()
        self.ahead = int(second.get("AHEAD_SECONDS", "0"))
        pooled = {
            "DATABASE_URL": place.database(place.PORTS["pooler"]),
            "DATABASE_DIRECT_URL": place.database(place.PORTS["database"]),
        }
        made = [
            self._database(),
            self._cache(),
            self._twins(),
            self._web("web", pooled),
            self._web("web2", {**pooled, **second}),
            self._web("live", pooled),
            self._web("live2", {**pooled, **second}),
            self._worker("worker", {}),
            self._worker("worker2", {"DATABASE_URL": place.database(relay.port), **second}),
            self._proxy(),
        ]
        self.units = {unit.name: unit for unit in made}
        self.store: Store

    def start(self) -> None:
        """Start everything in the order in which a handbook would; the product comes once `prepare` has succeeded."""
        self.store = Store(place.STATE / "store", port=place.PORTS["store"], keys=place.STORE_KEYS)
        for name in ("database", "cache", "twins"):
            self._begin(name)
        with psycopg.connect(_root(), autocommit=True) as connection:
            for statement in ROLE.strip().splitlines():
                for one in filter(None, statement.split(";")):
                    connection.execute(one)
        # Its user is there now that the server's is.
        self.units["pooler"] = self._pooler()
        self._begin("pooler")
        with place.log("prepare").open("wb") as log:
            subprocess.run(
                [ROOT / "deploy/run", "prepare"], env=place.host("prepare", {}), cwd="/", stdout=log, stderr=log, check=True
            )  # fmt: skip
        for name, unit in self.units.items():
            if name not in {"database", "cache", "twins", "pooler"}:
                unit.start()
        for name in self.units:
            self.wait(name)

    def wait(self, name: str) -> float:
        """Wait until a unit does what it is for; the seconds that took."""
        unit = self.units[name]
        return wait(unit.is_ready, START, f"{name} is not ready; see {unit.log}")

    def end(self) -> None:
        """Stop all of them."""
        for unit in reversed(self.units.values()):
            unit.end()
        with suppress(AttributeError):
            self.store.stop()

    def _begin(self, name: str) -> None:
        self.units[name].start()
        self.wait(name)

    def _database(self) -> Unit:
        # What is committed outlives kill -9 without fsync, too: the kernel has it.
        quick = {"fsync": "off", "full_page_writes": "off"}
        settings = {"listen_addresses": "127.0.0.1", "port": str(place.PORTS["database"]), **quick}
        server = Postgres(place.STATE / "database", settings)
        return Unit(
            "database",
            lambda log: server.spawn(stdout=log),
            lambda: _connects(_root()),
            place.log("database"),
        )

    def _pooler(self) -> Unit:
        file, user = pooler.configure(
            place.STATE / "pooler", host="127.0.0.1", server_port=place.PORTS["database"], user="createio",
            port=place.PORTS["pooler"], mode="transaction", size=20,
        )  # fmt: skip
        return Unit(
            "pooler",
            program([found("PGBOUNCER", "pgbouncer"), str(file)], {}, user),
            lambda: _connects(place.database(place.PORTS["pooler"])),
            place.log("pooler"),
        )

    def _cache(self) -> Unit:
        port = place.PORTS["cache"]
        command = [found("REDIS", "redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        return Unit(
            "cache",
            program([*command, "--dir", str(place.STATE)], {}),
            lambda: _listens(port),
            place.log("cache"),
        )

    def _twins(self) -> Unit:
        port = place.PORTS["twins"]
        told = {
            "PATH": os.environ["PATH"],
            "SANDBOX_PORT": str(port),
            "SANDBOX_LATENCY": place.LATENCY,
            "SANDBOX_DETAIL": place.DETAIL,
            "SANDBOX_WEBHOOK_URL": place.production()["BASE_URL"] + WEBHOOK_PATH,
            "SANDBOX_WEBHOOK_SECRET": place.WEBHOOK_SECRET,
            "SSL_CERT_FILE": str(place.CERTIFICATE),
        }
        return Unit(
            "twins",
            program([sys.executable, "-m", "sandbox"], told),
            lambda: _answers(f"http://127.0.0.1:{port}/_control/openai/log"),
            place.log("twins"),
        )

    def _web(self, name: str, told: dict[str, str]) -> Unit:
        port = place.PORTS[name]
        command = [str(ROOT / "deploy/run"), name.rstrip("2"), "--host", "127.0.0.1", "--port", str(port)]
        return Unit(
            name,
            program(command, place.host(name, told)),
            lambda: _answers(f"http://127.0.0.1:{port}/readyz"),
            place.log(name),
        )

    def _worker(self, name: str, told: dict[str, str]) -> Unit:
        environment = place.host(name, told)
        alive = Path(environment["TMPDIR"]) / f"createio-worker-{os.getuid()}"
        unit = Unit(
            name,
            program([str(ROOT / "deploy/run"), "worker"], environment),
            lambda: alive.exists() and alive.stat().st_mtime > unit.began,
            place.log(name),
            mixed=True,
        )
        return unit

    def _proxy(self) -> Unit:
        folder = place.STATE / "proxy"
        log = LOG.format(file=folder / "answers.log")
        file = nginx.nginx_file(folder, nginx.on_ports(place.PORTS), host=place.HOST, log=log)
        return Unit(
            "proxy",
            program([found("NGINX", "nginx"), "-p", str(folder), "-c", str(file)], {}),
            lambda: _answers(f"{place.production()['BASE_URL']}/healthz"),
            place.log("proxy"),
        )


@contextmanager
def running() -> Iterator[Hosts]:
    """Everything, until the block is left."""
    with ExitStack() as stack:
        relay = Relay(place.PORTS["database"])
        stack.callback(relay.close)
        hosts = Hosts(relay)
        stack.callback(hosts.end)
        hosts.start()
        yield hosts


def found(variable: str, name: str) -> str:
    """Where a program is, by the variable that `.ci/machines` sets; empty where it is not installed."""
    path = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
    return os.environ.get(variable) or shutil.which(name, path=path) or ""


def missing() -> list[str]:
    """The programs without which there is no cluster, and which are not here."""
    wanted = {"NGINX": "nginx", "REDIS": "redis-server", "PGBOUNCER": "pgbouncer"}
    return [name for variable, name in wanted.items() if not found(variable, name)]


def _wrong_clock() -> dict[str, str]:
    """Variables by which a host's clock is wrong; none where there is no C compiler for that."""
    library = place.STATE / "ahead.so"
    if (compiler := shutil.which("cc")) is None:
        return {}
    source = Path(__file__).with_name("ahead.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library), "AHEAD_SECONDS": str(AHEAD)}


def _root() -> str:
    return f"postgresql://postgres@127.0.0.1:{place.PORTS['database']}/postgres"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, headers={"Host": place.HOST}, timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
