"""nginx in front of baked sites, configured by their own nginx.conf."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
import services
import trustme

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")

# What is different here from a container, and what replaces it.
MOVED = {
    "/run/nginx.pid": "{folder}/nginx.pid",
    "listen 80 ": "listen 127.0.0.1:{http} ",
    "listen 443 ": "listen 127.0.0.1:{https} ",
    # Django compares Host with a form's Origin, which has the port unless it is 443.
    "Host $host;": "Host $http_host;",
    # Debian's nginx 1.22 does not know this directive yet.
    "http2 on;": "",
    "/run/secrets/": "{folder}/",
    "alias /media/": "alias {folder}/media/",
    "error_log stderr ": "error_log {folder}/error.log ",
    "/dev/stdout": "{folder}/access.log",
}


@dataclass
class Proxy:
    """A running nginx: its URLs on the inside and for visitors, and its files."""

    inside: str
    outside: str
    authority: Path
    log: Path

    def trust(self, client: requests.Session) -> None:
        """Make the client trust the certificate."""
        client.trust_env = False  # the environment may name other authorities
        client.verify = str(self.authority)


@contextmanager
def proxying(site: Path, folder: Path, *ports: int) -> Iterator[Proxy]:
    """Run nginx, with its files in the folder, for a site served on these ports."""
    http, https = services.free_port(), services.free_port()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate = authority.issue_cert("localhost")
    certificate.cert_chain_pems[0].write_to_path(str(folder / "tls_certificate"))
    certificate.private_key_pem.write_to_path(str(folder / "tls_key"))
    (folder / "media").mkdir(0o755)

    text = (site / "deploy" / "nginx.conf").read_text()
    for theirs, ours in MOVED.items():
        assert theirs in text
        text = text.replace(theirs, ours.format(folder=folder, http=http, https=https))
    [(line, options)] = re.findall(r"(server web:8000 resolve (.+))", text)
    servers = [f"server 127.0.0.1:{port} {options}" for port in ports]
    text = text.replace(line, "\n".join(servers))
    (folder / "nginx.conf").write_text(text)
    # Started as root, nginx would run as a user who may not read this folder.
    directives = "daemon off;" + (" user root;" if os.getuid() == 0 else "")
    program = [NGINX, "-c", str(folder / "nginx.conf"), "-g", directives]
    with services.Server(program, https, ""):
        yield Proxy(
            inside=f"http://127.0.0.1:{http}",
            outside=f"https://localhost:{https}",
            authority=folder / "ca.pem",
            log=folder / "access.log",
        )
