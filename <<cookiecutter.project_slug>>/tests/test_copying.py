"""Copies of what sessions hold."""

from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from session_store.copying import deep_copy

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=2)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=10,
)


def containers(value: Any) -> list[int]:
    """Return the ids of all in `value` that can be changed."""
    if isinstance(value, dict):
        inner = list(value.values())
    elif isinstance(value, list):
        inner = value
    else:
        return []
    return [id(value), *(found for item in inner for found in containers(item))]


@given(json_values)
def test_a_copy_is_equal_and_has_nothing_in_common_that_can_be_changed(
    value: Any,
) -> None:
    copied = deep_copy(value)
    assert copied == value
    assert not set(containers(copied)) & set(containers(value))


def test_what_json_does_not_have_is_copied_as_well() -> None:
    value = {"tags": {"a"}, "pair": ([1],), "times": defaultdict(list, {"A": [1]})}
    copied = deep_copy(value)
    assert copied == value
    copied["tags"].add("b")
    copied["pair"][0].append(2)
    copied["times"]["A"].append(2)
    assert value == {"tags": {"a"}, "pair": ([1],), "times": {"A": [1]}}
    assert type(copied["times"]) is defaultdict
