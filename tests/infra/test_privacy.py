"""Who may forget people, and where."""

from domain import layout
from tests.infra.synthesized import Stack


def test_marks_of_erasures_are_written_by_one_function_alone(stack: Stack) -> None:
    writers = {verb for verb in stack.functions()
               if layout.ERASURES + "*" in stack.keys_of(verb, "s3:PutObject")}

    assert writers == {"manage_privacy"}


def test_what_objects_were_is_deleted_where_people_are_forgotten_or_records_replayed(
    stack: Stack
) -> None:
    purgers = {verb: stack.keys_of(verb, "s3:DeleteObjectVersion") for verb in stack.functions()
               if "s3:DeleteObjectVersion" in stack.actions_of(verb)}

    exports, parked, quarantine, log, batches = (f"{prefix}*" for prefix in (
        layout.EXPORTS, layout.PARKED, layout.QUARANTINE, layout.EVENT_LOG, layout.BATCHES))
    assert purgers.pop("roll_up_trends") == {layout.LEDGER_KEY}
    assert purgers == {
        "manage_privacy": {exports}, "sweep_log": {exports, parked, quarantine, log, batches},
        "replay_events": {parked, quarantine}} or purgers == {
        "manage_privacy": {exports}, "sweep_log": {exports, quarantine, log, batches},
        "replay_events": {quarantine}}


def test_models_and_marks_are_nobodys_to_delete(stack: Stack) -> None:
    for verb in stack.functions():
        kept = {layout.MODELS_PREFIX + "*", layout.ERASURES + "*", layout.RECEIPTS + "*"}
        assert not kept & stack.keys_of(verb, "s3:DeleteObjectVersion")
        assert "s3:DeleteObject" not in stack.actions_of(verb)


def test_the_log_is_swept_every_hour(stack: Stack) -> None:
    schedules = {stack.verb_of(found["Target"]["Arn"]["Fn::GetAtt"][0]): found
                 for found in stack.of("AWS::Scheduler::Schedule").values()}

    assert schedules["sweep_log"]["ScheduleExpression"] == "rate(1 hour)"
