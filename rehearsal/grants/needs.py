"""Who needs what is given to whom: the exercises of each holder of a policy."""

from collections.abc import Sequence
from functools import partial

from functions.settings import BY_VERB
from rehearsal.deployed import Deployed
from rehearsal.grants import clockwork, exercises, rollouts, upkeep
from rehearsal.grants.exercises import Exercise

_CONSUMERS = ("update_user_features", "update_item_features", "write_event_log")
_ROLL_UPS = ("roll_up_trends", "roll_up_catalog")
_ASKED: dict[str, list[Exercise]] = {
    "ingest_events": [exercises.post_event], "manage_models": [exercises.use_models],
    "manage_catalog": [exercises.use_catalog], "describe_api": [exercises.describe],
    "manage_users": [exercises.use_users, exercises.use_users_early],
    "manage_privacy": [upkeep.use_privacy], "manage_batches": [upkeep.make_lists],
    "recommend": [exercises.use_lists, exercises.use_lists_early, rollouts.count]}
_BACKGROUND: dict[str, list[Exercise]] = {
    **{verb: [partial(act, verb) for act in (exercises.call, exercises.begin)]
       for verb in _ROLL_UPS},
    "measure_models": [partial(exercises.call, "measure_models"), clockwork.measure_early],
    "step_rollout": [partial(exercises.call, "step_rollout"), rollouts.take_back],
    "probe_freshness": [exercises.probe], "start_training": [exercises.start],
    "promote_model": [clockwork.promote, clockwork.fail],
    "make_batch": [upkeep.make_lists],
    "sweep_log": [upkeep.sweep], "replay_events": [upkeep.replay]}
_SCHEDULED = tuple(verb for verb in _BACKGROUND
                   if verb not in ("promote_model", "make_batch", "replay_events"))


def of_function(verb: str) -> list[Exercise]:
    """What a function does with its role."""
    if verb in _ASKED:
        return _ASKED[verb]
    if verb in _CONSUMERS:
        own = [exercises.join] if verb == "update_user_features" else []
        return [partial(act, verb) for act in (exercises.consume, *own, upkeep.come_late,
                                               exercises.quarantine, exercises.park_batch)]
    return [*_BACKGROUND[verb], partial(exercises.park_call, verb)]


def of_schedule(verb: str) -> list[Exercise]:
    """What Scheduler does with the role of a schedule."""
    tick = (exercises.tick_probe if verb == "probe_freshness"
            else partial(clockwork.tick, verb))
    return [tick, partial(clockwork.miss, verb)]


def of(holder: str, shop: Deployed) -> Sequence[Exercise]:
    """Exercises of whoever holds a policy, by its logical id. () = nothing here uses it."""
    for verb in shop.functions.names:
        name = BY_VERB[verb].__name__  # as the construct is called: see `infra.runtime`
        if holder.endswith(f"{name}ScheduleRole"):
            return of_schedule(verb)
        if holder.endswith(f"{name}Role"):
            return of_function(verb)
        if holder.endswith(name):  # who may call it
            return {"promote_model": [clockwork.promote], "start_training": [clockwork.follow],
                    "make_batch": [upkeep.make_lists]}.get(verb, of_function(verb))
    return {"TrainingRole": [clockwork.resume], "RuntimeParked": [clockwork.miss_rule]}.get(
        holder, [])


def everything(shop: Deployed) -> list[Exercise]:
    """All exercises, each once."""
    verbs = list(shop.functions.names)
    return [clockwork.resume, *(act for verb in verbs for act in of_function(verb)),
            *(act for verb in _SCHEDULED for act in of_schedule(verb)), clockwork.miss_rule]
