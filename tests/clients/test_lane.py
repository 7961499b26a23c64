from headwater_client.entry import Entry
from headwater_client.lane import Lane


def lane(*since_s: float) -> Lane:
    made = Lane()
    made.waiting.extend(Entry("ann", {"n": n}, s) for n, s in enumerate(since_s))
    return made


def test_a_lane_is_ready_when_its_oldest_event_waited_for_the_window() -> None:
    assert lane(10.0, 11.0).ready_s(2.0) == 12.0


def test_a_full_lane_is_ready_when_its_batch_became_full() -> None:
    assert lane(*(10.0 + n / 100 for n in range(25))).ready_s(2.0) == 10.24


def test_a_full_lane_that_is_held_is_not_ready_before() -> None:
    assert lane(300.0, *range(24)).ready_s(2.0) == 300.0


def test_a_batch_is_cut_at_25_events_and_around_a_session_that_is_to_be_joined() -> None:
    found = lane(*[0.0] * 30)
    found.waiting.insert(27, Entry("ann", None, 0.0, "s1"))

    sizes = []
    while found.waiting:
        sizes.append(len(found.take()))

    assert sizes == [25, 2, 1, 3]


def test_what_failed_waits_again_before_all_else() -> None:
    found = lane(*[0.0] * 30)
    batch = found.take()

    found.put_back(7.0)

    assert list(found)[:25] == batch
    assert {(entry.busy, entry.since_s) for entry in batch} == {(False, 7.0)}
    assert [entry.event["n"] for entry in found if entry.event] == list(range(30))
