"""Names of the metrics that handlers emit and alarms watch; no user or item is ever a dimension."""

from domain.defence import REASONS

EVENTS_REJECTED = "EventsRejected"
EVENTS_UNTAKEN = "EventsUntaken"  # answered 503: the sender keeps them, and sends them again
EVENTS_CLAMPED = "EventsClamped"  # of the accepted: dated to their receipt, not to the future
EVENTS_FOLDED = "EventsFolded"  # of the accepted: all but those of users erased meanwhile
EVENTS_OF_ERASED_USERS = "EventsOfErasedUsers"
BATCHES_STOPPED = "BatchesStopped"  # handed back for another try, which is no error to Lambda
RECORDS_QUARANTINED = "RecordsQuarantined"
RECORDS_REPLAYED = "RecordsReplayed"
ERASURE_WAITS_H = "ErasureWaitsHours"  # the longest that somebody waits to be out of the log
EVENTS_ROLLED_UP = "EventsRolledUp"  # into trends, once each
EVENTS_REPEATED = "EventsRepeated"  # that came again under the same id, and did not count again
PAGES_UNREAD = "PagesUnread"  # that the roll-up met and nobody can read, or a later version alone
FRESHNESS = "Freshness"  # ms from an event at the door to the state that shows it
FRESHNESS_MISSED = "FreshnessMissed"
RECOMMENDATIONS = "Recommendations"  # lists answered
FALLBACKS = "Fallbacks"  # lists that were not personal
EMPTY_LISTS = "EmptyLists"
STATES_UNREAD = "StatesUnread"  # lists without a history that may be there, but was not read
LOOKS_FAILED = "LooksFailed"  # for a model, trends or the catalogue: the one before serves
MODEL_AGE_H = "ModelAgeHours"
TRAINING_AGE_H = "TrainingAgeHours"  # since one ended, however it did
ROLLOUT_AGE_H = "RolloutAgeHours"  # since a rollout came to its share; 0 while there is none
ROLLED_BACK = "ModelsRolledBack"
MODELS_PROMOTED = "ModelsPromoted"
MODELS_REFUSED = "ModelsRefused"
TRAININGS_FAILED = "TrainingsFailed"


def held(reason: str) -> str:
    """Events, or pairs of them, that lost weight in trends by one of `defence.REASONS`."""
    return f"Held{reason.title().replace('_', '')}"


# Sent only when there is any, for a metric is paid for in each hour in which it is sent.
RARE = frozenset({EVENTS_REJECTED, EVENTS_UNTAKEN, EVENTS_CLAMPED, EVENTS_REPEATED, PAGES_UNREAD,
                  STATES_UNREAD, LOOKS_FAILED, ROLLED_BACK, *map(held, REASONS)})
