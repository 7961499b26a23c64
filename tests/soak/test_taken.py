"""What the stream took: readable or not, in each user's order, and what of it was there before."""

from domain.record import decode_batch
from soak.taken import Taken
from tests.soak.stage import BAD, batch, stream


def test_records_and_what_is_none_are_told_apart() -> None:
    taken = Taken.of(stream(batch("ada", "1"), BAD, batch("b", "2")))

    assert taken.subjects == ["ada", "b"]
    assert list(taken.unreadable.values()) == [BAD]
    assert not taken.resent


def test_a_users_records_are_in_order_across_a_split() -> None:
    made = stream(batch("ada", "1"), batch("ada", "2"))
    for shard in made.open():
        made.split_shard(ShardToSplit=shard.id, NewStartingHashKey=str(shard.low + 2**120))
    later = stream(batch("ada", "3")).shards
    data = next(record["Data"] for shard in later for record in shard.records)
    made.put_record(Data=data, PartitionKey="ada")

    taken = Taken.of(made)

    told = [record.batch.events[0].event_id for record in taken.of_user("ada")]
    assert told == ["1", "2", "3"]
    assert len({record.position.shard_id for record in taken.records}) == 2


def test_a_copy_is_taken_out_of_the_later_record() -> None:
    made = stream(batch("ada", "1", "2"), batch("ada", "2", "3"), batch("ada", "1"),
                  batch("b", "1"))

    taken = Taken.of(made)
    clean = Taken.of(taken.without_copies(made))

    assert taken.resent == {"ada"}
    assert [[e.event_id for e in r.batch.events] for r in clean.of_user("ada")] == [
        ["1", "2"], ["3"]]
    assert clean.of_user("b") == taken.of_user("b")
    kept = [data for data in taken.first.values() if data is not None]
    assert {decode_batch(data).subject for data in kept} == {"ada", "b"}
