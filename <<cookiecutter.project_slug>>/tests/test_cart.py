"""The cart as a value: its laws hold for any cart, not only for chosen examples."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart.cart import Cart, CartFull, Limits

LIMITS = Limits(quantity=9, lines=3)

quantities = st.integers(1, 20)
skus = st.sampled_from("ABCDE")
MONDAY, TUESDAY, WEDNESDAY = (datetime(2030, 4, day, tzinfo=UTC) for day in (1, 2, 3))
times = st.sampled_from([MONDAY, TUESDAY, WEDNESDAY])
carts = st.builds(
    Cart,
    st.dictionaries(skus, quantities),
    st.just(LIMITS),
    times,
    st.dictionaries(skus, times),
)
# Three products, and limits that allow three lines: never full.
few_skus = st.sampled_from("ABC")
carts_with_room = st.dictionaries(few_skus, st.integers(1, 9)).map(
    lambda lines: Cart(lines, LIMITS)
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=2)
json_values = scalars | st.dictionaries(st.text(max_size=2), scalars, max_size=4)


# Merging


@given(carts)
def test_merging_a_cart_with_itself_changes_nothing(cart: Cart) -> None:
    assert cart.merge(cart) == cart


@given(carts, carts)
def test_merging_twice_is_merging_once(one: Cart, other: Cart) -> None:
    assert one.merge(other).merge(other) == one.merge(other)


@given(carts, carts)
def test_merging_works_in_either_order(one: Cart, other: Cart) -> None:
    assert one.merge(other) == other.merge(one)


@given(carts, carts, carts)
def test_merging_three_carts_works_in_any_grouping(a: Cart, b: Cart, c: Cart) -> None:
    assert a.merge(b).merge(c) == a.merge(b.merge(c))


@given(carts)
def test_merging_with_an_empty_cart_changes_nothing(cart: Cart) -> None:
    assert cart.merge(Cart()) == cart
    assert Cart().merge(cart) == cart


@given(carts, carts)
def test_merging_loses_no_line_and_makes_none_up(one: Cart, other: Cart) -> None:
    assert set(one.merge(other).lines) == set(one.lines) | set(other.lines)


@given(carts, carts)
def test_merging_keeps_the_larger_quantity(one: Cart, other: Cart) -> None:
    for sku, quantity in one.merge(other).lines.items():
        assert quantity == max(one.lines.get(sku, 0), other.lines.get(sku, 0))


@given(carts)
def test_merging_keeps_the_limits_of_the_cart_it_is_called_on(cart: Cart) -> None:
    assert cart.merge(Cart()).limits == LIMITS


@given(carts, carts)
def test_merging_keeps_each_lines_time_and_of_two_the_earlier(
    one: Cart, other: Cart
) -> None:
    merged = one.merge(other)
    for sku in merged.lines:
        times = [cart.time_of(sku) for cart in (one, other) if sku in cart.lines]
        assert merged.time_of(sku) == min(times)


def test_a_cart_of_which_no_time_is_known_takes_on_the_others() -> None:
    unknown, cart = Cart({"A": 1}), Cart({"B": 1}, since=TUESDAY)
    assert unknown.merge(cart) == Cart({"A": 1, "B": 1}, since=TUESDAY)
    assert cart.merge(unknown) == Cart({"A": 1, "B": 1}, since=TUESDAY)


def test_a_line_that_one_cart_alone_has_keeps_its_own_time() -> None:
    later = Cart({"B": 1, "C": 1}, since=TUESDAY, times={"C": WEDNESDAY})
    merged = Cart({"A": 1}, since=MONDAY).merge(later)
    assert (merged.since, merged.times) == (MONDAY, {"B": TUESDAY, "C": WEDNESDAY})


# Times


def test_the_first_line_gives_a_cart_its_time_and_the_last_one_takes_it() -> None:
    cart = Cart({"A": 1}).priced_at("A", TUESDAY, changed=MONDAY)
    assert cart.since == TUESDAY
    assert cart.set("B", 1).remove("A").since == TUESDAY
    assert cart.clear().since is None


@pytest.mark.parametrize(
    ("changed", "times"), [(None, {}), (MONDAY, {}), (TUESDAY, {"B": WEDNESDAY})]
)
def test_a_line_has_its_own_time_only_where_its_price_has_changed_before(
    changed: datetime | None, times: dict[str, datetime]
) -> None:
    cart = Cart({"A": 1}, since=MONDAY).set("B", 1).priced_at("B", WEDNESDAY, changed)
    assert (cart.since, cart.times) == (MONDAY, times)
    assert cart.time_of("A") == MONDAY
    assert not cart.remove("B").times


def test_times_that_make_no_difference_to_a_price_are_needless() -> None:
    times = {"A": TUESDAY, "B": TUESDAY, "C": TUESDAY, "D": TUESDAY}
    cart = Cart(dict.fromkeys("ABCD", 1), since=MONDAY, times=times)
    changed = {"A": None, "B": MONDAY, "C": TUESDAY}
    assert cart.without_needless_times(changed).times == {"C": TUESDAY}


# Limits


@given(carts)
def test_within_limits_no_line_and_no_number_of_lines_is_too_large(cart: Cart) -> None:
    limited = cart.within_limits()
    assert len(limited) <= LIMITS.lines
    assert all(quantity <= LIMITS.quantity for quantity in limited.lines.values())


@given(carts)
def test_within_limits_only_takes_away_what_is_too_much(cart: Cart) -> None:
    limited = cart.within_limits()
    assert len(limited) == min(len(cart), LIMITS.lines)
    for sku, quantity in limited.lines.items():
        assert quantity == min(cart.lines[sku], LIMITS.quantity)


@given(carts_with_room)
def test_a_cart_within_its_limits_stays_as_it_is(cart: Cart) -> None:
    assert cart.within_limits() == cart


def test_of_too_many_lines_the_first_by_sku_stay() -> None:
    cart = Cart({"D": 1, "B": 2, "A": 3, "C": 4}, LIMITS)
    assert cart.within_limits().lines == {"A": 3, "B": 2, "C": 4}


# JSON


@given(carts)
def test_a_cart_goes_through_json_unchanged(cart: Cart) -> None:
    text = json.dumps(cart.to_json())
    data = json.loads(text)
    assert Cart.from_json(data, LIMITS, cart.since, cart.times) == cart


@given(json_values)
def test_whatever_is_read_as_a_cart_has_only_valid_lines(data: Any) -> None:
    cart = Cart.from_json(data, LIMITS)
    assert cart.limits == LIMITS
    for sku, quantity in cart.lines.items():
        assert isinstance(sku, str) and sku
        assert type(quantity) is int and quantity >= 1


@pytest.mark.parametrize(
    "lines",
    [
        {"A": 0},
        {"A": -1},
        {"A": True},
        {"A": 1.0},
        {"A": "1"},
        {"A": None},
        {"A": [1]},
        {"": 1},
        {7: 1},
        ["A"],
        "A",
        None,
    ],
    ids=repr,
)
def test_what_is_no_line_is_left_out(lines: Any) -> None:
    assert Cart.from_json(lines, LIMITS) == Cart()


def test_valid_lines_are_kept_beside_invalid_ones() -> None:
    assert Cart.from_json({"A": 2, "B": "x"}, LIMITS) == Cart({"A": 2})


# Changing


@given(carts_with_room, few_skus, quantities)
def test_set_gives_the_line_that_quantity_up_to_the_limit(
    cart: Cart, sku: str, quantity: int
) -> None:
    changed = cart.set(sku, quantity)
    assert changed.lines == {**cart.lines, sku: min(quantity, LIMITS.quantity)}


@given(carts_with_room, few_skus, quantities)
def test_add_puts_the_quantity_on_top_up_to_the_limit(
    cart: Cart, sku: str, quantity: int
) -> None:
    total = cart.lines.get(sku, 0) + quantity
    assert cart.add(sku, quantity) == cart.set(sku, total)


@pytest.mark.parametrize("change", [Cart.add, Cart.set])
def test_a_full_cart_takes_no_new_line(change: Any) -> None:
    full = Cart({"A": 1, "B": 1, "C": 1}, LIMITS)
    with pytest.raises(CartFull):
        change(full, "D", 1)


def test_a_full_cart_takes_more_of_what_is_in_it() -> None:
    full = Cart({"A": 1, "B": 1, "C": 1}, LIMITS)
    assert full.add("C", 2).lines == {"A": 1, "B": 1, "C": 3}


def test_a_cart_takes_as_many_lines_as_it_may_have() -> None:
    assert len(Cart({"A": 1, "B": 1}, LIMITS).add("C", 1)) == 3


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_below_one_is_refused(quantity: int) -> None:
    with pytest.raises(ValueError, match=str(quantity)):
        Cart({"A": 1}).set("A", quantity)


@given(carts, skus)
def test_remove_takes_out_that_line_and_no_other(cart: Cart, sku: str) -> None:
    rest = {other: units for other, units in cart.lines.items() if other != sku}
    assert cart.remove(sku).lines == rest


@given(carts, st.lists(skus))
def test_keep_leaves_only_the_named_lines(cart: Cart, names: list[str]) -> None:
    kept = {sku: units for sku, units in cart.lines.items() if sku in names}
    assert cart.keep(iter(names)).lines == kept


@given(carts)
def test_clear_leaves_nothing(cart: Cart) -> None:
    assert cart.clear() == Cart()
    assert not cart.clear()


@given(carts)
def test_units_count_all_lines_together(cart: Cart) -> None:
    assert cart.units == sum(cart.to_json().values())


@pytest.mark.parametrize(
    "change",
    [
        lambda cart: cart.add("A", 1),
        lambda cart: cart.set("B", 5),
        lambda cart: cart.remove("A"),
        lambda cart: cart.keep([]),
        lambda cart: cart.clear(),
        lambda cart: cart.merge(Cart({"A": 9, "C": 1})),
        lambda cart: cart.within_limits(),
    ],
)
def test_a_change_makes_a_new_cart_and_keeps_the_limits(change: Any) -> None:
    cart = Cart({"A": 1}, LIMITS)
    changed = change(cart)
    assert cart == Cart({"A": 1})
    assert changed.limits == LIMITS


def test_nothing_outside_can_change_a_cart() -> None:
    lines = {"A": 1}
    cart = Cart(lines)
    lines["A"] = 2
    cart.to_json()["A"] = 2
    with pytest.raises(TypeError):
        cart.lines["A"] = 2  # type: ignore[index]
    assert cart.lines == {"A": 1}
