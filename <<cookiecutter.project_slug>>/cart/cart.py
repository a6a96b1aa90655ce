"""The cart as a value: what is in it, and how it may change.

Nothing here knows of requests, sessions or the database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any


class CartFull(Exception):
    """The cart holds as many different products as it may."""


@dataclass(frozen=True)
class Limits:
    """The most units of one line, and the most lines, that a cart holds."""

    quantity: int = 99
    lines: int = 1000


@dataclass(frozen=True)
class Cart:
    """An immutable `{sku: quantity}`; every change returns a new cart.

    Keys are strings and quantities whole numbers from 1, so that the cart goes through
    JSON and back unchanged. The order of lines has no meaning.

    `since` is the time whose prices the visitor knows. A cart with nothing in it has none,
    nor has one from before there were such times. `times` has the lines that were put in
    later and at another price, and when: see `priced_at()`.
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
        """Read what `to_json()` wrote; whatever else is in `data` is left out.

        The data may come from an older release or from somebody else's hands, so
        this never raises.
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
        """How many things are in the cart, all lines together."""
        return sum(self.lines.values())

    def add(self, sku: str, quantity: int) -> "Cart":
        """Put in `quantity` more units of `sku`, up to the limit of a line.

        Raises `CartFull` when that needs a line more than the cart may have.
        """
        return self.set(sku, self.lines.get(sku, 0) + quantity)

    def set(self, sku: str, quantity: int) -> "Cart":
        """Have `quantity` units of `sku`, up to the limit of a line.

        Raises `ValueError` for a quantity below 1 (see `remove()`), and `CartFull`
        when the cart would need a line more than it may have.
        """
        if quantity < 1:
            raise ValueError(f"a line's quantity is 1 or more, not {quantity}")
        if sku not in self.lines and len(self) >= self.limits.lines:
            raise CartFull
        return replace(
            self, lines={**self.lines, sku: min(quantity, self.limits.quantity)}
        )

    def remove(self, sku: str) -> "Cart":
        """Leave out the line of `sku`, if there is one."""
        return self.keep(set(self.lines) - {sku})

    def keep(self, skus: Iterable[str]) -> "Cart":
        """Leave out every line whose sku is not among `skus`."""
        wanted = set(skus)
        return replace(
            self,
            lines={sku: units for sku, units in self.lines.items() if sku in wanted},
        )

    def clear(self) -> "Cart":
        """Leave out every line."""
        return replace(self, lines={})

    def time_of(self, sku: str) -> datetime | None:
        """Return the time whose price of that line the visitor knows."""
        return self.times.get(sku, self.since)

    def priced_at(self, sku: str, now: datetime, changed: datetime | None) -> "Cart":
        """Note that a line was put in now, whose price last changed at `changed`.

        There is one time for all lines, so that a session has little to carry, and
        another for a line only whose price was not the same at that one.
        """
        if not self.since:
            return replace(self, since=now)
        if changed and changed > self.since:
            return replace(self, times={**self.times, sku: now})
        return self

    def without_needless_times(self, changed: Mapping[str, datetime | None]) -> "Cart":
        """Leave out times of lines whose prices last changed before `since`."""
        times = {
            sku: time
            for sku, time in self.times.items()
            if (last := changed.get(sku)) and last > self.since
        }
        return replace(self, times=times)

    def merge(self, other: "Cart") -> "Cart":
        """Have every line of both carts, with the larger of the two quantities.

        Merging is idempotent, commutative and associative: whether it runs once or
        twice, and in whichever order, the result is the same. It loses no line, so
        two full carts make one beyond the limits: see `within_limits()`. Of two times
        the earlier one stays.
        """
        lines = dict(self.lines)
        for sku, quantity in other.lines.items():
            if quantity > lines.get(sku, 0):
                lines[sku] = quantity
        dated = sorted((c for c in (self, other) if c.since), key=lambda c: c.since)
        if not dated:
            return replace(self, lines=lines)
        first, last = dated[0], dated[-1]
        # Whatever else both have is known since the first one's time.
        new = last.lines.keys() - first.lines.keys()
        both = last.lines.keys() & first.times.keys()
        times = {
            **first.times,
            **{sku: last.time_of(sku) for sku in new},
            **{sku: min(first.times[sku], last.time_of(sku)) for sku in both},
        }
        return replace(self, lines=lines, since=first.since, times=times)

    def capped(self) -> "Cart":
        """Have of no line more than the limit."""
        most = self.limits.quantity
        if max(self.lines.values(), default=0) <= most:
            return self
        lines = {sku: min(units, most) for sku, units in self.lines.items()}
        return replace(self, lines=lines)

    def within_limits(self) -> "Cart":
        """Cap quantities at the limit; of too many lines, keep the first by sku."""
        if len(self) <= self.limits.lines:
            return self.capped()
        return self.keep(sorted(self.lines)[: self.limits.lines]).capped()
