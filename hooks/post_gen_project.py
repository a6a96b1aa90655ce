"""Remove what was not chosen, write .env, lock the packages, and say what is next."""

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ANSWERS = json.loads(r"""<< cookiecutter|tojson >>""")
ENGINE = ANSWERS["session_engine"]
CACHE = ANSWERS["cache_service"] if ENGINE in {"cached_db", "cache"} else None
USES_REDIS = CACHE == "redis"
FOLDER = os.path.relpath(Path.cwd(), os.environ.get("PWD", Path.cwd().parent))
# To update a site, cruft bakes it twice into scratch folders, and compares the two.
IS_SCRATCH = (
    "_commit" in ANSWERS
    and FOLDER.startswith(os.pardir)
    and re.fullmatch(
        re.escape(str(Path(tempfile.gettempdir()).resolve())) + r"/tmp\w{8}/.*",
        str(Path.cwd()),
    )
)

# The files to remove from the site, and when.
REMOVALS = {
    "LICENSE": ANSWERS["license"] == "Proprietary",
    "accounts/activity.py": ENGINE == "signed_cookies",
    "accounts/management/commands/clearusersessions.py": ENGINE == "signed_cookies",
    "accounts/management/commands/__init__.py": ENGINE == "signed_cookies",
    "accounts/management/__init__.py": ENGINE == "signed_cookies",
    "accounts/reauthentication.py": ENGINE != "signed_cookies",
    "accounts/session_admin.py": ENGINE == "signed_cookies",
    "config/postgresql/__init__.py": ANSWERS["database"] == "sqlite",
    "config/postgresql/base.py": ANSWERS["database"] == "sqlite",
    "config/redis.py": not USES_REDIS,
    "deploy/clearsessions.service": ENGINE == "signed_cookies",
    "deploy/clearsessions.timer": ENGINE == "signed_cookies",
    "dev/with_valkey.py": not USES_REDIS,
    "e2e/test_devices.py": ENGINE == "signed_cookies",
    "session_store/backends/base.py": ENGINE == "signed_cookies",
    "session_store/backends/moving.py": ENGINE == "signed_cookies",
    "session_store/backends/rows.py": ENGINE not in {"db", "cached_db"},
    "session_store/compare_and_set.py": ENGINE != "cache",
    "tests/test_cache_sessions.py": ENGINE != "cache",
    "tests/test_cached_db_sessions.py": ENGINE != "cached_db",
    "tests/test_clear_expired.py": ENGINE not in {"db", "cached_db"},
    "tests/test_cookie_sessions.py": ENGINE != "signed_cookies",
    "tests/test_database_sessions.py": ENGINE not in {"db", "cached_db"},
    "tests/test_devices.py": ENGINE == "signed_cookies",
    "tests/test_failing_sessions.py": ENGINE == "signed_cookies",
    "tests/test_file_sessions.py": ENGINE != "file",
    "tests/test_memcached_checks.py": CACHE != "memcached",
    "tests/test_moving_sessions.py": ENGINE == "signed_cookies",
    "tests/test_parallel_catalog.py": ANSWERS["database"] == "sqlite",
    "tests/test_parallel_sessions.py": ENGINE == "signed_cookies",
    "tests/test_postgresql.py": ANSWERS["database"] == "sqlite",
    "tests/test_redis_checks.py": not USES_REDIS,
    "tests/test_redis_urls.py": not USES_REDIS,
    "tests/test_server_sessions.py": ENGINE == "signed_cookies",
    "tests/test_session_admin.py": ENGINE == "signed_cookies",
    "tests/test_signing_out_everywhere.py": ENGINE != "signed_cookies",
    **{
        f"session_store/backends/{engine}.py": engine != ENGINE
        for engine in ("db", "cached_db", "cache", "file", "signed_cookies")
    },
}

UV_LOCK_SECONDS = 60
SYSTEM_CERTS = "/etc/ssl/certs/ca-certificates.crt"


def remove_unchosen() -> None:
    """Remove the files in REMOVALS, and the folders that this leaves empty."""
    for name, unchosen in REMOVALS.items():
        if unchosen:
            path = Path(name)
            path.unlink(missing_ok=True)
            if path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()
    # What tools have left in a working copy of the template.
    for cache in (".ruff_cache", "*/__pycache__", "*/*/__pycache__"):
        for path in Path().glob(cache):
            shutil.rmtree(path)


def write_env() -> None:
    """Write .env from .env.example, with a secret key; keep one that exists."""
    text, count = re.subn(
        r"^SECRET_KEY=$",
        f"SECRET_KEY={secrets.token_urlsafe(50)}",
        Path(".env.example").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    assert count == 1, ".env.example must have one empty SECRET_KEY"
    try:
        descriptor = os.open(".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def lock_packages() -> str:
    """Create uv.lock if possible; return why it was not, or an empty text."""
    uv = shutil.which("uv")
    if uv is None:
        return "uv is not installed"
    # Do not download a Python, and do not wait long for a dead network.
    environment = {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_HTTP_TIMEOUT": "10",
        "UV_HTTP_RETRIES": "1",
        # Trust what the system trusts, such as the certificate of a company's proxy.
        **({"UV_SYSTEM_CERTS": "1"} if os.path.exists(SYSTEM_CERTS) else {}),
        **os.environ,
    }
    print("Looking up the packages for uv.lock ...", flush=True)
    try:
        subprocess.run(
            [uv, "lock", "--quiet"],
            check=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=UV_LOCK_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {UV_LOCK_SECONDS} seconds"
    except (OSError, subprocess.CalledProcessError):
        return "no network, or no fitting Python"
    return ""


def say_what_is_next(not_locked: str) -> None:
    """Print where the site is and the commands to type next."""
    print(f"\n{ANSWERS['__project_name_line']} is ready, with {ENGINE} sessions.")
    if not_locked:
        print(f"uv.lock was not made ({not_locked}): `make run` makes it.")
    print(f"""
Type next:

    cd {shlex.quote(FOLDER)}
    make run

Look then at

    http://127.0.0.1:8000           the shop; put something in the cart, and
                                    sign in as alice, password demo-pass-1
    http://127.0.0.1:8000/session/  what the site knows about you meanwhile
    README.md                       the admin, the settings, production

`make test` runs the tests, in a browser too.
""")


def main() -> None:
    # The bake must not fail because of characters that the terminal cannot encode.
    sys.stdout.reconfigure(errors="backslashreplace")
    remove_unchosen()
    if not IS_SCRATCH:
        write_env()
        say_what_is_next(not_locked=lock_packages())


if __name__ == "__main__":
    main()
