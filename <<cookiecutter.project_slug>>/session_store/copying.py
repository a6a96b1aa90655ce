"""Copies of what sessions hold."""

import copy
from typing import Any

# What has nothing in it that could be changed.
ATOMS = {str, int, float, bool, type(None)}


def deep_copy(value: Any) -> Any:
    """Do what `copy.deepcopy()` does, and many times faster for what JSON can hold.

    `copy.deepcopy()` looks at every quantity in a cart; this copies the cart as a whole.
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
