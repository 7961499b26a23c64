"""Records as rows, and keys of many parts."""

import numpy as np

from domain.page import PageRecord, Touch
from domain.touches import NO_TAG, gather, mixed


def test_a_row_an_event_in_the_order_of_the_records() -> None:
    found = gather([PageRecord(1, 7, (Touch(2**63, 5, 2, 1.0, 2**32 - 1), Touch(1, 99, 7, -2.0))),
                    PageRecord(2, 2**32 - 1, (Touch(3, 4, 8, 0.0, 0),))], now_ms=50)

    assert found.tolist() == [(7, 2**63, 5, 2, 1.0, 2**32 - 1, 1.0),
                              (7, 1, 50, 7, -2.0, NO_TAG, 1.0),
                              (2**32 - 1, 3, 4, 8, 0.0, 0, 1.0)]


def test_no_records_are_no_rows() -> None:
    assert len(gather([], 0)) == 0


def test_every_part_of_a_mixed_key_and_their_order_make_a_difference() -> None:
    rows = np.array([[a, b, c] for a in range(40) for b in range(40) for c in (0, 1, 2**63)],
                    np.uint64)

    assert len(np.unique(mixed(*rows.T))) == len(rows)
    assert mixed(np.array([3]), np.array([True])) == mixed(np.array([3]), np.array([1]))
