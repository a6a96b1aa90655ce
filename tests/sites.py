"""Functions to bake a site and to run commands in it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from cookiecutter.main import cookiecutter

TEMPLATE = Path(__file__).resolve().parent.parent

Bake = Callable[..., Path]


def bake(folder: Path, **answers: object) -> Path:
    """Bake a site into the folder, without using the network, and return its path.

    Answers that are not given are the defaults, except for the slug, which is "shop".
    """
    config = folder / "config.yaml"
    config.write_text(f"replay_dir: {folder}\ncookiecutters_dir: {folder}\n")
    with mock.patch.dict(os.environ, UV_OFFLINE="1"):
        return Path(
            cookiecutter(
                str(TEMPLATE),
                no_input=True,
                extra_context={"project_slug": "shop", **answers},
                output_dir=str(folder),
                config_file=str(config),
            )
        )


def install(folder: Path, django_version: str) -> str:
    """Install all packages that any site needs into the folder; return their Python."""
    venv = folder / "venv"
    python = str(venv / "bin" / "python")
    run_uv("venv", "--python", interpreters()[django_version], str(venv))
    requirements = []
    for service in ("redis", "memcached"):
        (folder / service).mkdir()
        site = bake(
            folder / service,
            django_version=django_version,
            session_engine="cache",
            cache_service=service,
            database="postgresql",
        )
        requirements.append(f"--requirements={site / 'pyproject.toml'}")
    arguments = ["--compile-bytecode", *requirements, "ruff"]
    run_uv("pip", "install", "--python", python, *arguments)
    return python


def run_own_tests(site: Path, env: dict[str, str]) -> None:
    """Run `make test` in the site; all its tests must pass, and none be skipped."""
    result = subprocess.run(
        ["make", "test"],
        cwd=site,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    summary = result.stdout.splitlines()[-1]
    assert re.fullmatch(r"=+ \d+ passed in .* =+", summary), result.stdout


def interpreters() -> dict[str, str]:
    """Return the Python to use for each version of Django.

    The one for Django 6.1 is missing where there is no Python 3.12 or later.
    """
    names = [f"python3.{minor}" for minor in range(12, 20)]
    candidates = [shutil.which(name) for name in names]
    # pyenv's `python3.x` shims on the PATH run only if that version is the current one.
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += [
        str(path) for name in names for path in pyenv.glob(f"versions/*/bin/{name}")
    ]
    newer = [path for path in candidates if path and runs(path)]
    return {"5.2": sys.executable, **({"6.1": newer[0]} if newer else {})}


def runs(python: str) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


def environment(**variables: str) -> dict[str, str]:
    """Return the environment for a site: this process's, less what is its own."""
    # What `uv run` and `make` set for this process, and what a site must be given.
    ours = {"ARGS", "UV_OFFLINE", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    sites = {"DATABASE_URL", "MEMCACHED_SERVERS", "REDIS_URL", "SECRET_KEY"}
    env = {
        name: value for name, value in os.environ.items() if name not in ours | sites
    }
    return {
        **env,
        "UV_PYTHON_DOWNLOADS": "never",
        # Containers often set it, and then every process compiles all modules again.
        "PYTHONDONTWRITEBYTECODE": "",
        **variables,
    }


def run_uv(*arguments: str) -> None:
    uv = os.environ.get("UV") or shutil.which("uv") or "uv"
    subprocess.run([uv, *arguments, "--quiet"], check=True, env=environment())
