from headwater_client.entry import Counts, Entry


def test_two_events_that_look_alike_are_two() -> None:
    one, other = (Entry("ann", {"type": "view"}, 0.0) for _ in range(2))

    assert one != other


def test_nothing_is_counted_before_anything_happened() -> None:
    counts = Counts()

    counts.dropped["refused"] += 1

    assert (counts.tracked, counts.accepted, dict(counts.dropped)) == (0, 0, {"refused": 1})
    assert Counts().dropped == {}
