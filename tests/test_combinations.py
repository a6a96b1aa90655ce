"""Every combination of the choices gives a site without a fault."""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sites
from sites import TEMPLATE, Bake, environment, interpreters

CHOICES = ("session_engine", "cache_service", "database", "django_version")

PRODUCTION = {
    "SECRET_KEY": "only-for-this-test-" * 4,
    "DEBUG": "False",
    "ALLOWED_HOSTS": "example.com",
    "CSRF_COOKIE_SECURE": "True",
    "EMAIL_HOST": "mail.example.com",
    "MEMCACHED_SERVERS": "127.0.0.1:11211",
    "REDIS_URL": "redis://127.0.0.1:6379",
    "SECURE_SSL_REDIRECT": "True",
    "SESSION_COOKIE_SECURE": "True",
}

CHECKS = """
import django, warnings
from django.core.management import call_command
warnings.simplefilter("error")
django.setup()
call_command("check", deploy=True, fail_level="DEBUG")
call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
"""


def combinations() -> list[dict[str, str]]:
    """Return the answers of each combination, as cookiecutter.json lists them."""
    context = json.loads(
        (Path(__file__).parent.parent / "cookiecutter.json").read_text()
    )
    options = (context[name] for name in CHOICES)
    return [
        dict(zip(CHOICES, values, strict=True))
        for values in itertools.product(*options)
    ]


def files(site: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}


def test_there_are_forty_combinations() -> None:
    assert len(combinations()) == 5 * 2 * 2 * 2


@pytest.mark.parametrize("answers", combinations(), ids=lambda a: "-".join(a.values()))
def test_combination(
    answers: dict[str, str],
    bake: Bake,
    pythons: dict[str, str],
    request: pytest.FixtureRequest,
) -> None:
    if answers["django_version"] not in interpreters():
        pytest.skip("Django 6.1 needs Python 3.12 or later")
    python = pythons[answers["django_version"]]
    site = bake(**answers)

    for path, content in files(site).items():
        if path.suffix == ".mo":  # whose numbers may look like anything
            continue
        assert not re.search(rb"<<|>>|<%|%>|<#|#>|^\s*#%", content, re.M), path
        assert b"cookiecutter" not in content, path

    engines = {path.stem for path in (site / "session_store/backends").glob("[!_]*.py")}
    assert engines - {"base", "moving", "rows"} == {answers["session_engine"]}

    units = {path.name for path in (site / "deploy").glob("clearsessions.*")}
    assert len(units) == (0 if answers["session_engine"] == "signed_cookies" else 2)

    env = environment(DJANGO_SETTINGS_MODULE="config.settings")
    if answers["database"] == "postgresql":
        env["DATABASE_URL"] = request.getfixturevalue("postgresql")
    ruff = os.path.join(os.path.dirname(python), "ruff")
    for command, variables in [
        ([ruff, "check", "--no-cache"], {}),
        ([ruff, "format", "--check", "--no-cache"], {}),
        ([python, "-c", CHECKS], PRODUCTION),
        (
            [python, "-W", "error", "manage.py", "check"],
            {**PRODUCTION, "DEBUG": "True"},
        ),
    ]:
        result = subprocess.run(
            command, cwd=site, env={**env, **variables}, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout + result.stderr


def test_no_blank_line_of_the_template_is_lost() -> None:
    # Jinja drops those that come after a line statement.
    for path, content in files(TEMPLATE / "<<cookiecutter.project_slug>>").items():
        assert not re.search(rb"^\s*#%.*\n\n", content, re.M), path


@pytest.mark.parametrize("service", ["redis", "memcached"])
def test_sites_that_share_a_cache_server_share_no_session(
    bake: Bake, pythons: dict[str, str], service: str
) -> None:
    code = "from config.settings import CACHES; print(CACHES['sessions']['KEY_PREFIX'])"
    prefixes = {
        subprocess.run(
            [pythons["5.2"], "-c", code],
            cwd=bake(project_slug=slug, session_engine="cache", cache_service=service),
            env=environment(**PRODUCTION),
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for slug in ("one", "other")
    }
    assert len(prefixes) == 2


@pytest.mark.parametrize("engine", ["db", "cached_db", "cache", "file"])
def test_what_is_left_of_sessions_is_removed_every_night(
    bake: Bake, pythons: dict[str, str], engine: str
) -> None:
    site = bake(session_engine=engine)
    commands = ["clearusersessions"]
    if engine != "cache":
        commands.insert(0, "clearsessions")
    service = (site / "deploy/clearsessions.service").read_text()
    assert re.findall(r"^ExecStart=.* manage.py (\w+)$", service, re.M) == commands
    [line] = re.findall(r"^ +0 4 .*$", (site / "README.md").read_text(), re.M)
    assert re.findall(r"manage.py (\w+)", line) == commands
    for command in commands:
        subprocess.run(
            [pythons["5.2"], "manage.py", command, "--help"],
            cwd=site,
            env=environment(**PRODUCTION),
            capture_output=True,
            check=True,
        )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_takes_the_units(bake: Bake, tmp_path: Path) -> None:
    site = bake(project_slug="s" * 54)
    programs = re.compile(f"/srv/{'s' * 54}/.venv/bin/(python|gunicorn)")
    units = []
    for unit in [
        *(site / "deploy").glob("*.service"),
        *(site / "deploy").glob("*.timer"),
    ]:
        text, count = programs.subn(sys.executable, unit.read_text())
        assert count >= (unit.suffix == ".service")
        units.append(tmp_path / unit.name)
        units[-1].write_text(text)
    assert len(units) == 3
    result = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_a_site_works_in_a_folder_of_any_name(
    pythons: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "C# 100%25 or?"
    folder.mkdir()
    site = sites.bake(folder)
    subprocess.run(
        [pythons["5.2"], "manage.py", "migrate", "-v0"],
        cwd=site,
        env=environment(),
        check=True,
    )
    assert (site / "db.sqlite3").exists()
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
