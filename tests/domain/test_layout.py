"""Where things lie: no two things in one place."""

from domain import layout
from domain.artifact import FILES, MANIFEST


def test_no_prefix_of_the_bucket_lies_within_another() -> None:
    places = [layout.EVENT_LOG, layout.QUARANTINE, layout.STAGING, layout.MODELS_PREFIX,
              layout.TRENDS_KEY, layout.CATALOG_KEY, layout.ERASURES, layout.BATCHES]

    assert not [(a, b) for a in places for b in places if a != b and a.startswith(b)]
    assert len(set(places)) == len(places)


def test_a_training_job_sees_each_channel_in_a_folder_of_its_own() -> None:
    channels = [layout.CHANNEL_EVENTS, layout.CHANNEL_CATALOG, layout.CHANNEL_CURRENT,
                layout.CHANNEL_CODE]

    assert len(set(channels)) == len(channels)


def test_the_files_of_an_artifact_have_names_of_their_own() -> None:
    assert len({*FILES, MANIFEST}) == len(FILES) + 1


def test_no_table_uses_one_attribute_twice() -> None:
    for table in (layout.USERS, layout.ITEMS, layout.PAGES, layout.MODELS):
        names = [table.partition_key, table.sort_key, table.ttl]
        if table.index:
            names += [table.index.partition_key, table.index.sort_key]
        given = [name for name in names if name]
        assert len(set(given)) == len(given)
