"""The catalogues have every text of the site, whatever is chosen, and no other."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sites import TEMPLATE

CATALOGUES = "locale/*/LC_MESSAGES/django.po"


def test_the_catalogues_are_as_makemessages_makes_them(
    tmp_path: Path, pythons: dict[str, str]
) -> None:
    site = TEMPLATE / "<<cookiecutter.project_slug>>"
    copy = shutil.copytree(site, tmp_path / "site")
    command = ["makemessages", "--all", "--no-location", "--no-obsolete"]
    subprocess.run([pythons["5.2"], "-m", "django", *command], cwd=copy, check=True)
    assert list(site.glob(CATALOGUES))
    for path in site.glob(CATALOGUES):
        if text(path) != text(copy / path.relative_to(site)):
            pytest.fail(f"{path} is behind: run `make messages`, and translate")


def text(path: Path) -> str:
    """Return the catalogue without the lines that only say when it was made."""
    lines = path.read_text().splitlines()
    return "\n".join(
        line
        for line in lines
        if not line.startswith(('"POT-Creation-Date:', '"Report-Msgid-Bugs-To:'))
    )
