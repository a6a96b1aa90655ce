"""The cart as a value object: its contents, and the operations on it.

Nothing here depends on requests, sessions or the database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any


class CartFull(Exception):
    """The cart already has the maximum number of lines."""


@dataclass(frozen=True)
class Limits:
    """The maximum quantity of a line, and the maximum number of lines."""

    quantity: int = 99
    lines: int = 1000


@dataclass(frozen=True)
class Cart:
    """An immutable `{sku: quantity}` mapping; every change returns a new cart.

    Keys are strings and quantities positive integers, so the cart survives a round trip
    through JSON. The order of lines is not significant.

    `since` is the time as of which the visitor knows the prices. It is None for an
    empty cart, and for one stored by a release without it. `times` has the time of each
    line that was added after its price had changed since then: see `priced_at()`.
    """

    lines: Mapping[str, int] = field(default_factory=dict)
    limits: Limits = field(default=Limits(), compare=False)
    since: datetime | None = None
    times: Mapping[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", MappingProxyType(dict(self.lines)))
        if not self.lines:
            object.__setattr__(self, "since", None)
        times = {
            sku: time
            for sku, time in self.times.items()
            if self.since and sku in self.lines and time > self.since
        }
        object.__setattr__(self, "times", MappingProxyType(times))

    @classmethod
    def from_json(
        cls,
        data: Any,
        limits: Limits,
        since: datetime | None = None,
        times: Mapping[str, datetime] = MappingProxyType({}),
    ) -> "Cart":
        """Return the cart that `to_json()` serialized, ignoring anything invalid.

        The data may come from an older release or have been tampered with, so this
        never raises.
        """
        if not isinstance(data, dict):
            return cls(limits=limits)
        lines = {
            sku: quantity
            for sku, quantity in data.items()
            if isinstance(sku, str) and sku and type(quantity) is int and quantity > 0
        }
        return cls(lines, limits, since, times)

    def to_json(self) -> dict[str, int]:
        """Return the lines as a plain dictionary."""
        return dict(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def units(self) -> int:
        """Return the total quantity over all lines."""
        return sum(self.lines.values())

    def add(self, sku: str, quantity: int) -> "Cart":
        """Add `quantity` units of `sku`, up to the limit per line.

        Raises `CartFull` when that needs more lines than the cart may have.
        """
        return self.set(sku, self.lines.get(sku, 0) + quantity)

    def set(self, sku: str, quantity: int) -> "Cart":
        """Set the quantity of `sku`, capped at the limit per line.

        Raises `ValueError` for a quantity below 1 (see `remove()`), and `CartFull`
        when the cart would need more lines than it may have.
        """
        if quantity < 1:
            raise ValueError(f"a line's quantity is 1 or more, not {quantity}")
        if sku not in self.lines and len(self) >= self.limits.lines:
            raise CartFull
        return replace(
            self, lines={**self.lines, sku: min(quantity, self.limits.quantity)}
        )

    def remove(self, sku: str) -> "Cart":
        """Remove the line of `sku`, if there is one."""
        return self.keep(set(self.lines) - {sku})

    def keep(self, skus: Iterable[str]) -> "Cart":
        """Remove every line whose SKU is not among `skus`."""
        wanted = set(skus)
        return replace(
            self,
            lines={sku: units for sku, units in self.lines.items() if sku in wanted},
        )

    def clear(self) -> "Cart":
        """Remove every line."""
        return replace(self, lines={})

    def time_of(self, sku: str) -> datetime | None:
        """Return the time as of which the visitor knows the price of `sku`."""
        return self.times.get(sku, self.since)

    def priced_at(self, sku: str, now: datetime, changed: datetime | None) -> "Cart":
        """Record that a line whose price last changed at `changed` was added now.

        One time serves all lines, to keep sessions small; a line gets a time of its
        own only if its price has changed since then.
        """
        if not self.since:
            return replace(self, since=now)
        if changed and changed > self.since:
            return replace(self, times={**self.times, sku: now})
        return self

    def without_needless_times(self, changed: Mapping[str, datetime | None]) -> "Cart":
        """Drop the times of lines whose prices have not changed since `since`."""
        times = {
            sku: time
            for sku, time in self.times.items()
            if (last := changed.get(sku)) and last > self.since
        }
        return replace(self, times=times)

    def merge(self, other: "Cart") -> "Cart":
        """Return the union of both carts, with the larger quantity of each line.

        Merging is idempotent, commutative and associative: however often and in
        whatever order it runs, the result is the same. It loses no line, so merging
        two full carts can exceed the limits: see `within_limits()`. Of two times the
        earlier one is kept.
        """
        lines = dict(self.lines)
        for sku, quantity in other.lines.items():
            if quantity > lines.get(sku, 0):
                lines[sku] = quantity
        dated = sorted((c for c in (self, other) if c.since), key=lambda c: c.since)
        if not dated:
            return replace(self, lines=lines)
        first, last = dated[0], dated[-1]
        # Lines without a time in `times` below fall back to the earlier `since`.
        new = last.lines.keys() - first.lines.keys()
        both = last.lines.keys() & first.times.keys()
        times = {
            **first.times,
            **{sku: last.time_of(sku) for sku in new},
            **{sku: min(first.times[sku], last.time_of(sku)) for sku in both},
        }
        return replace(self, lines=lines, since=first.since, times=times)

    def capped(self) -> "Cart":
        """Cap the quantity of every line at the limit."""
        most = self.limits.quantity
        if max(self.lines.values(), default=0) <= most:
            return self
        lines = {sku: min(units, most) for sku, units in self.lines.items()}
        return replace(self, lines=lines)

    def within_limits(self) -> "Cart":
        """Cap the quantities and the number of lines, keeping the first by SKU."""
        if len(self) <= self.limits.lines:
            return self.capped()
        return self.keep(sorted(self.lines)[: self.limits.lines]).capped()
