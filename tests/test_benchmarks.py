"""The benchmarks run: what they say is for people to read."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

import lost_updates
import speed


def test_each_page_is_measured_beside_the_limit_and_the_tutorial(
    pythons: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed.Load, "per_second", lambda *args: 2.0)
    results = speed.measure("db-sqlite", pythons["5.2"], tmp_path, 1, 1)
    rows = [speed.row(page, rates) for page, rates in results.items()]
    assert len(rows) == 8
    assert rows[1].startswith("| list | 2 | 2 | 1.00 | 2 | 1.0 |")
    assert speed.chart("db-sqlite", results).startswith("<svg")


def test_adds_are_counted_beside_djangos_engine(
    pythons: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_updates, "PAIRS", 1)
    cells = lost_updates.measure("db-sqlite", pythons["5.2"], tmp_path).split(" | ")
    assert cells[2] == "100"
