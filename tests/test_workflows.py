"""What GitHub is told to do, in the template and in baked sites, is sound."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sites import TEMPLATE, Bake
from test_deploy import SITES

TOOLS = Path(sys.executable).parent


@pytest.fixture(scope="module", params=["template", *map("-".join, SITES)])
def project(bake: Bake, request: pytest.FixtureRequest) -> Path:
    """The template, or a site."""
    if request.param == "template":
        return TEMPLATE
    engine, service, database = request.param.split("-")
    return bake(session_engine=engine, cache_service=service, database=database)


def test_linters_find_nothing(project: Path) -> None:
    workflows = sorted((project / ".github" / "workflows").iterdir())
    dependabot = project / ".github" / "dependabot.yml"
    schema = [TOOLS / "check-jsonschema", "--builtin-schema"]
    for command in (
        [*schema, "vendor.github-workflows", *workflows],
        [*schema, "vendor.dependabot", dependabot],
        [TOOLS / "zizmor", "--offline", "--quiet", *workflows, dependabot],
    ):
        result = subprocess.run(command, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr


def test_each_job_has_the_servers_that_it_is_told_of(project: Path) -> None:
    if project == TEMPLATE:
        pytest.skip("the template's tests start servers of their own")
    text = (project / ".github" / "workflows" / "ci.yml").read_text()
    tests = yaml.safe_load(text)["jobs"]["tests"]
    environment = tests.get("env", {})
    ports = {
        "DATABASE_URL": ("postgres", "5432:5432"),
        "REDIS_URL": ("redis", "6379:6379"),
        "MEMCACHED_SERVERS": ("memcached", "11211:11211"),
    }
    assert {
        name: service["ports"] for name, service in tests.get("services", {}).items()
    } == {ports[name][0]: [ports[name][1]] for name in environment}
    for name, address in environment.items():
        assert ports[name][1].partition(":")[0] in address
    # The same as everybody has who copies .env.example.
    example = (project / ".env.example").read_text()
    assert environment.get("DATABASE_URL", "") in example
