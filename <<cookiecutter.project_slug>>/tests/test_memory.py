"""What a process remembers, and for how long."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest
import time_machine
from pytest_django import Settings

from config.memory import SECONDS, Memory


@pytest.fixture
def memory() -> Iterator[Memory]:
    memory = Memory(3)
    yield memory
    Memory.every.remove(memory)


def maker(thing: Any) -> Mock:
    return Mock(return_value=thing)


def test_a_thing_is_made_once_for_each_version(memory: Memory) -> None:
    first, second = [], []
    assert memory.get_or_set("tea", 1, maker(first)) is first
    assert memory.get_or_set("tea", 1, maker(second)) is first
    assert memory.get_or_set("tea", 2, maker(second)) is second
    assert memory.get_or_set("pot", 1, maker(second)) is second
    assert memory.get_or_set("tea", 1, maker(second)) is first


def test_only_what_is_missing_is_made(memory: Memory) -> None:
    def make(words: list[str]) -> dict[str, str]:
        made.append(words)
        return {word: word.upper() for word in words if word != "nothing"}

    made: list[list[str]] = []
    memory.get_or_set_many(["tea"], 1, make)
    words = ["pot", "tea", "nothing"]
    for _ in range(2):
        assert memory.get_or_set_many(words, 1, make) == {"pot": "POT", "tea": "TEA"}
    assert made == [["tea"], ["pot", "nothing"], ["nothing"]]


def test_without_a_version_all_is_made_anew(memory: Memory) -> None:
    for thing in ["one", "two"]:
        assert memory.get_or_set("tea", None, maker(thing)) == thing


def test_in_development_all_is_made_anew(memory: Memory, settings: Settings) -> None:
    settings.DEBUG = True
    for thing in ["one", "two"]:
        assert memory.get_or_set("tea", 1, maker(thing)) == thing


def test_after_five_minutes_a_thing_is_made_anew(memory: Memory) -> None:
    with time_machine.travel(0, tick=False) as clock:
        memory.get_or_set("tea", 1, maker("one"))
        clock.shift(SECONDS - 1)
        assert memory.get_or_set("tea", 1, maker("two")) == "one"
        clock.shift(1)
        assert memory.get_or_set("tea", 1, maker("two")) == "two"


def test_what_was_not_asked_for_the_longest_is_forgotten_first(memory: Memory) -> None:
    for key in ["a", "b", "c"]:
        memory.set(key, key)
    memory.get("a")
    memory.set("d", "d")
    assert [memory.get(key) for key in "abcd"] == ["a", None, "c", "d"]


def test_threads_take_turns(memory: Memory) -> None:
    """The library's caches are not for several threads at the same time."""

    def note(*args: Any) -> None:
        is_locked.append(memory._lock.locked())

    is_locked: list[bool] = []
    memory._things = MagicMock()
    memory._things.get.side_effect = note
    memory._things.update.side_effect = note
    memory._things.clear.side_effect = note
    memory.get("tea")
    memory.set("tea", 1)
    memory.clear()
    assert is_locked == [True] * 3
