from collections.abc import Callable

from domain import layout
from tests.infra.synthesized import Stack


def test_a_click_is_folded_within_a_second_or_two(stack: Stack) -> None:
    windows = {verb: stack.mapping_of(verb)["MaximumBatchingWindowInSeconds"]
               for verb in ("update_user_features", "update_item_features")}

    assert windows == {"update_user_features": 1, "update_item_features": 2}


def test_one_shard_is_folded_in_as_many_lanes_as_asked(synthesize: Callable[..., Stack]) -> None:
    stack = synthesize(lanes_per_shard="10")

    assert stack.mapping_of("update_user_features")["ParallelizationFactor"] == 10
    assert stack.mapping_of("update_item_features")["ParallelizationFactor"] == 1


def test_updaters_leave_nothing_in_the_bucket_but_what_they_cannot_read(stack: Stack) -> None:
    for verb in ("update_user_features", "update_item_features"):
        assert stack.keys_of(verb, "s3:PutObject") == {layout.QUARANTINE + "*"}


def test_the_roll_up_writes_trends_alone(stack: Stack) -> None:
    assert stack.keys_of("roll_up_trends", "s3:PutObject") == {
        layout.TRENDS_KEY, layout.LEDGER_KEY}


def test_the_ledger_is_for_the_roll_up_alone(stack: Stack) -> None:
    readers = {verb for verb in stack.functions()
               if layout.LEDGER_KEY in stack.keys_of(verb, "s3:GetObject")}

    assert readers == {"roll_up_trends"}


def test_who_reads_pages_is_replaced_before_who_writes_them(stack: Stack) -> None:
    ids = {stack.verb_of(id_): id_ for id_ in stack.of("AWS::Lambda::Function")
           if "Handler" in stack.resources[id_]["Properties"]}

    first = set(stack.resources[ids["update_item_features"]]["DependsOn"])

    assert {ids["roll_up_trends"], ids["recommend"]} <= first
    for verb in ("roll_up_trends", "recommend"):
        assert ids["update_item_features"] not in stack.resources[ids[verb]].get("DependsOn", ())


def test_the_roll_up_and_scorers_hold_the_same_defence(synthesize: Callable[..., Stack]) -> None:
    functions = synthesize(defence={"item_free": 3}).functions()

    told = {functions[verb]["Environment"]["Variables"]["HEADWATER_DEFENCE"]
            for verb in ("roll_up_trends", "recommend")}

    assert told == {'{"item_free": 3}'}


def test_few_can_delete_anything(stack: Stack) -> None:
    deleters = {verb for verb in stack.functions()
                if any("Delete" in action for action in stack.actions_of(verb))}

    assert deleters == {"manage_users", "manage_privacy", "sweep_log", "replay_events",
                        "roll_up_trends"}


def test_the_roll_up_deletes_what_the_ledger_was_and_nothing_else(stack: Stack) -> None:
    assert {action for action in stack.actions_of("roll_up_trends") if "Delete" in action} == {
        "s3:DeleteObjectVersion"}
    assert stack.keys_of("roll_up_trends", "s3:DeleteObjectVersion") == {layout.LEDGER_KEY}


def test_the_manager_of_users_writes_nothing_into_the_bucket(stack: Stack) -> None:
    assert stack.keys_of("manage_users", "s3:PutObject") == set()
