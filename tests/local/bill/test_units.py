"""Units as AWS's pages count them."""

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bill.units import item_bytes, put_units, read_units, write_units


@pytest.mark.parametrize(("value", "size"), [
    ({"S": "é"}, 2), ({"N": "27"}, 2), ({"N": "-27"}, 3), ({"N": "0"}, 1), ({"N": "1200"}, 2),
    ({"N": "0.00123"}, 3), ({"N": "1.5e300"}, 2),
    ({"B": b64encode(b"12345").decode()}, 5), ({"B": b"12345"}, 5), ({"BOOL": True}, 1),
    ({"NULL": True}, 1), ({"SS": ["ab", "c"]}, 3), ({"L": []}, 3), ({"M": {}}, 3),
    ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + 1 + 2 + 1 + 2),
    ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 1 + 2)])
def test_an_attribute_has_the_size_of_its_name_and_its_value(
    value: dict[str, Any], size: int
) -> None:
    assert item_bytes({"": value}) == size
    assert item_bytes({"name": value}) == size + 4


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (1024, 1), (1025, 2), (2049, 3)])
def test_a_write_is_billed_by_the_begun_kilobyte(size: int, units: int) -> None:
    assert write_units(size) == units
    assert write_units(size, transacted=True) == 2 * units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2)])
def test_a_read_is_billed_by_the_begun_four_kilobytes(size: int, units: int) -> None:
    assert read_units(size, consistent=True) == units
    assert read_units(size, consistent=False) == units / 2
    assert read_units(size, consistent=True, transacted=True) == units * 2


@given(st.integers(0, 10**7))
def test_a_record_is_billed_by_the_begun_25_kilobytes(size: int) -> None:
    units = put_units(size)

    assert units >= 1
    assert (units - 1) * 25 * 1024 < max(1, size) <= units * 25 * 1024
