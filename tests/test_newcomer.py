"""The README's commands, as somebody types them on a machine of their own."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import requests
import services
from sites import TEMPLATE, run_own_tests

NOT_IN_A_CLONE = shutil.ignore_patterns(
    ".git", ".venv", ".uv", ".demo", "__pycache__", ".*_cache"
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEMPLATE, tmp_path / "clone", ignore=NOT_IN_A_CLONE))


def test_make_demo_and_the_sites_own_make_test(clone: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    env = {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    port = services.free_port()
    command = ["make", "demo", f"ADDRESS=127.0.0.1:{port}"]
    with open(tmp_path / "demo.log", "w+") as log:
        demo = subprocess.Popen(
            command, cwd=clone, env=env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            services.wait_for_port(port, demo, seconds=120)
            page = requests.get(f"http://127.0.0.1:{port}/", timeout=20)
        finally:
            os.killpg(demo.pid, signal.SIGTERM)
            demo.wait(timeout=20)
            log.seek(0)
            print(log.read())
    assert page.status_code == 200
    assert page.text.count('name="sku"') >= 12

    run_own_tests(clone / ".demo" / "my_shop", env)
