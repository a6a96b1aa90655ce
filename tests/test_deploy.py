"""The files in a baked site's deploy/: linters read them, and their commands are run.

No container is: what would run in one is run here, with its environment, on servers of
our own, and the paths and the ports that a container would have replaced.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import services
import yaml
from proxy import proxying
from serving import serving
from sites import Bake, environment

TOOLS = Path(sys.executable).parent

# session_engine, cache_service, database
SITES = [
    ("db", "redis", "sqlite"),
    ("cached_db", "redis", "postgresql"),
    ("cache", "redis", "sqlite"),
    ("cache", "memcached", "postgresql"),
    ("file", "redis", "sqlite"),
    ("signed_cookies", "redis", "sqlite"),
]


class Stack:
    """What `docker compose up` would run of a site."""

    def __init__(self, site: Path, python: str, folder: Path, addresses: dict) -> None:
        self.site = site
        self.port = services.free_port()
        self.secrets = site / "deploy" / "secrets"
        self.secrets.mkdir()
        (self.secrets / "secret_key").write_text("only-for-this-test-" * 4 + "\n")
        database = addresses.get("DATABASE_URL", "")
        (self.secrets / "database_url").write_text(database + "\n")
        for name in ("media", "database", "sessions"):
            (folder / name).mkdir()
        self.replacements = {
            "sqlite:////database": f"sqlite:///{folder}/database",
            "/media": f"{folder}/media",
            "/sessions": f"{folder}/sessions",
            "/run/secrets": str(self.secrets),
            "redis://redis:6379": addresses.get("REDIS_URL", ""),
            "memcached:11211": addresses.get("MEMCACHED_SERVERS", ""),
            "0.0.0.0:8000": f"127.0.0.1:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "sleep 86400": "exit 7",  # once is enough
        }
        self.services = compose(site)["services"]
        self.path = f"{Path(python).parent}:{os.environ['PATH']}"

    def here(self, text: str) -> str:
        """Return the text with what it names in a container replaced."""
        for theirs, ours in self.replacements.items():
            if theirs in text:
                return text.replace(theirs, ours)
        return text

    def environment(self, service: str) -> dict[str, str]:
        variables = {
            "GUNICORN_BIND": "0.0.0.0:8000",
            "ALLOWED_HOSTS": "shop.example",
            "LOG_FORMAT": "json",
            # A worker that does not stop is not waited for.
            "GUNICORN_CMD_ARGS": "--graceful-timeout 5",
            **self.services[service]["environment"],
        }
        here = {name: self.here(value) for name, value in variables.items()}
        return environment(PATH=self.path, **here)

    def run(self, service: str, command: list[str]) -> int:
        """Run the command as in the service's container; return its status."""
        return subprocess.run(
            [self.here(part) for part in command],
            cwd=self.site,
            env=self.environment(service),
        ).returncode

    def health(self, service: str = "web") -> int:
        kind, *command = self.services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        return self.run(service, command)


def compose(site: Path) -> dict[str, Any]:
    """Return the site's compose.yaml as docker compose understands it."""
    result = subprocess.run(
        [TOOLS / "docker-compose", "-f", "compose.yaml", "config", "--format", "json"],
        cwd=site / "deploy",
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


def instructions(site: Path) -> list[tuple[str, str]]:
    """Return the instructions of the site's Dockerfile and what they are to do."""
    text = (site / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


@pytest.fixture(scope="module", params=SITES, ids="-".join)
def stack(
    bake: Bake,
    pythons: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Stack]:
    """A baked site, and the servers that compose.yaml has for it."""
    engine, service, database = request.param
    site = bake(session_engine=engine, cache_service=service, database=database)
    folder = tmp_path_factory.mktemp("stack")
    with services.running(engine, service, database, folder) as addresses:
        yield Stack(site, pythons["5.2"], folder, addresses)


def test_linters_find_nothing(stack: Stack) -> None:
    deploy = stack.site / "deploy"
    schema = ["--builtin-schema", "vendor.compose-spec"]
    for command in (
        [TOOLS / "hadolint", deploy / "Dockerfile"],
        [TOOLS / "check-jsonschema", *schema, deploy / "compose.yaml"],
    ):
        result = subprocess.run(command, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr


def test_each_service_has_its_servers(stack: Stack) -> None:
    environment = stack.services["web"]["environment"]
    assert ("postgres" in stack.services) == ("DATABASE_URL_FILE" in environment)
    assert ("redis" in stack.services) == ("REDIS_URL" in environment)
    assert ("memcached" in stack.services) == ("MEMCACHED_SERVERS" in environment)
    for name in ("web", "migrate", "clearsessions"):
        if service := stack.services.get(name):
            assert service["environment"] == environment
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]


def test_the_images_health_check_is_for_web_servers_alone(stack: Stack) -> None:
    image = stack.services["web"]["image"]
    others = {
        name: service.get("healthcheck")
        for name, service in stack.services.items()
        if service["image"] == image and service["command"] is not None
    }
    expected = {"migrate", "clearsessions"} & stack.services.keys()
    assert others == dict.fromkeys(expected, {"disable": True})


def test_the_commands_of_the_containers_work(stack: Stack) -> None:
    # The image's: what the build makes of the site, and its start.
    [collect] = [
        arguments
        for name, arguments in instructions(stack.site)
        if name == "RUN" and "collectstatic" in arguments
    ]
    collect = collect.replace(".venv/bin/python", "python")
    env = environment(PATH=stack.path)
    (stack.site / ".env").unlink()  # .dockerignore leaves it out
    subprocess.run(["sh", "-c", collect], cwd=stack.site, env=env, check=True)
    # A site without tables is not ready, and the job makes them.
    [start] = [text for name, text in instructions(stack.site) if name == "CMD"]
    [live] = [text for name, text in instructions(stack.site) if name == "HEALTHCHECK"]
    live = json.loads(live[live.index("[") :])
    server = services.Server(
        json.loads(start),
        stack.port,
        f"http://127.0.0.1:{stack.port}",
        cwd=stack.site,
        env=stack.environment("web"),
    )
    assert stack.run("web", live) != 0
    with server:
        assert stack.run("web", live) == 0
        assert stack.health() != 0
        assert stack.run("migrate", stack.services["migrate"]["command"]) == 0
        wait_until(lambda: stack.health() == 0)
        # Over https, as the proxy says; else it is sent there.
        url, headers = server.address, {"Host": "shop.example"}
        page = requests.get(url, headers=headers, allow_redirects=False, timeout=20)
        assert page.headers["Location"] == "https://shop.example/"
        headers["X-Forwarded-Proto"] = "https"
        assert requests.get(url, headers=headers, timeout=20).status_code == 200
    if "clearsessions" in stack.services:
        command = stack.services["clearsessions"]["command"]
        assert stack.run("clearsessions", command) == 7
        # When it fails the container ends, and is started again.
        assert stack.run("clearsessions", [*command[:2], f"PATH=; {command[2]}"]) != 7


def test_the_session_redis_says_when_it_is_full(bake: Bake, tmp_path: Path) -> None:
    command = compose(bake(session_engine="cache"))["services"]["redis"]["command"]
    port = services.free_port()
    program = [services.get_binary_path(), *command[1:]]
    program += ["--dir", str(tmp_path), "--port", str(port)]
    with services.Server(program, port, "", stdout=subprocess.DEVNULL):
        for setting, value in (
            ("appendonly", "yes"),
            ("maxmemory-policy", "noeviction"),
            ("maxmemory", str(256 * 1024**2)),
        ):
            with services.connected(port) as connection:
                connection.sendall(f"CONFIG GET {setting}\r\nQUIT\r\n".encode())
                answer = connection.makefile().read().split()
                assert value in answer, setting


def test_nginx_ends_tls_and_passes_on_what_is_for_the_site(
    bake: Bake, pythons: dict[str, str], tmp_path: Path
) -> None:
    site = bake()
    names = {"BEHIND_TLS_PROXY": "True", "ALLOWED_HOSTS": "localhost"}
    names |= {"SECURE_SSL_REDIRECT": "True"}
    with (
        serving(site, pythons["5.2"], **names) as served,
        proxying(site, tmp_path, served.gunicorn.port) as proxy,
        requests.Session() as client,
    ):
        proxy.trust(client)
        inside, outside = proxy.inside, proxy.outside
        (tmp_path / "media" / "cup.svg").write_text("<svg/>")

        page = client.get(f"{inside}/cart/?a=b", allow_redirects=False)
        assert page.headers["Location"] == "https://127.0.0.1/cart/?a=b"
        page = client.get(f"{outside}/cart/", allow_redirects=False)
        assert page.status_code == 200
        # What the visitor says of the address and the scheme is not believed.
        claim = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "9.8.7.6"}
        page = client.get(f"{outside}/", headers=claim, allow_redirects=False)
        assert page.status_code == 200

        assert client.get(f"{inside}/health/ready/").json()["status"] == "ok"
        assert client.get(f"{outside}/health/live/").json() == {"status": "ok"}
        assert client.get(f"{outside}/health/ready/").status_code == 404

        picture = client.get(f"{outside}/media/cup.svg")
        assert picture.text == "<svg/>"
        assert picture.headers["X-Content-Type-Options"] == "nosniff"
        assert client.get(f"{outside}/media/../tls_key").status_code == 404
        link = "/accounts/password/reset/key/1-the-key/"
        assert client.get(outside + link).status_code == 200
    log = [json.loads(line) for line in proxy.log.read_text().splitlines()]
    assert {line["status"] for line in log} == {200, 301, 404}
    assert log[-1]["path"] == link.replace("1-the-key", "***")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_backup_of_the_readme_brings_everything_back(
    bake: Bake, pythons: dict[str, str], tmp_path: Path, database: str
) -> None:
    site = bake(database=database)
    programs = "pg_dump|psql|pg_restore|sqlite3|rm"
    readme = (site / "README.md").read_text()
    back_up, *restore = re.findall(f"^    ((?:{programs}) .+)", readme, re.M)
    # As a later release has made it.
    table = "CREATE TABLE later (user_id bigint REFERENCES accounts_user)"
    with services.running("db", "redis", database, tmp_path) as addresses:

        def run(command: str) -> str:
            path = f"{Path(pythons['5.2']).parent}:{os.environ['PATH']}"
            return subprocess.run(
                ["sh", "-c", command],
                cwd=site,
                env=environment(PATH=path, **addresses),
                check=True,
                capture_output=True,
                text=True,
            ).stdout

        run("python manage.py migrate -v0 && python manage.py seed_demo --force -v0")
        dump = "python manage.py dumpdata catalog accounts"
        before = run(dump)
        run(back_up)
        run("python manage.py flush --no-input -v0")
        assert run(dump) != before
        run(
            "python manage.py shell -v0 -c 'from django.db import connection;"
            f' connection.cursor().execute("{table}")\''
        )
        run(" && ".join(restore))
        assert run(dump) == before
        tables = "connection.introspection.table_names()"
        code = f"from django.db import connection; print({tables})"
        assert "later" not in run(f'python manage.py shell -v0 -c "{code}"')
        if database == "postgresql":
            run("echo nonsense >> backup.sql")
            with pytest.raises(subprocess.CalledProcessError):
                run(restore[-1])
            assert run(dump) == before


@pytest.mark.parametrize("secure", [True, False])
def test_a_new_site_passes_the_check_for_production_that_ci_makes(
    bake: Bake, pythons: dict[str, str], secure: bool
) -> None:
    site = bake(session_cookie_secure=secure)
    ci = yaml.safe_load((site / ".github" / "workflows" / "ci.yml").read_text())
    [script] = [
        step["run"]
        for step in ci["jobs"]["tests"]["steps"]
        if "check --deploy" in step.get("run", "")
    ]
    assert ("--fail-level WARNING" in script) == secure
    result = subprocess.run(
        ["sh", "-ec", script.replace(".venv/bin/python", "python")],
        cwd=site,
        env=environment(PATH=f"{Path(pythons['5.2']).parent}:{os.environ['PATH']}"),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
