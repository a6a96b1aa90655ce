"""Fast deep copies of session data."""

import copy
from typing import Any

# Immutable types, which need no copy.
ATOMS = {str, int, float, bool, type(None)}


def deep_copy(value: Any) -> Any:
    """Copy like `copy.deepcopy()`, but many times faster for JSON-like data.

    `copy.deepcopy()` calls itself for every quantity in a cart; this function calls
    itself for nested dicts and lists only.
    """
    kind = type(value)
    if kind in ATOMS:
        return value
    if kind not in (dict, list):
        return copy.deepcopy(value)
    copied = value.copy()
    for key, item in value.items() if kind is dict else enumerate(value):
        if type(item) not in ATOMS:
            copied[key] = deep_copy(item)
    return copied
