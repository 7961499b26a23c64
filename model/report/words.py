"""What rankers, metrics and segments are called, for people who own a shop and no lab."""

from collections.abc import Callable
from typing import NamedTuple


def percent(value: float) -> str:
    """Of one, as people read it."""
    return f"{100 * value:.1f}%"


def decimal(value: float) -> str:
    """A figure that has no unit."""
    return f"{value:.3f}"


class Metric(NamedTuple):
    """better: what an owner wants of it; empty where that depends on the owner."""

    title: str
    says: str
    better: str
    form: Callable[[float], str]


class Words(NamedTuple):
    """A title, and a sentence below it."""

    title: str
    says: str


MORE, LESS = "more is better", "less is better"

RANKERS = {
    "model": Words("This model", "the files that would be deployed, asked as the service asks"),
    "current": Words("Model in use", "what serves now, asked the same way"),
    "covisitation": Words("Co-visitation", "what others did next, merely counted"),
    "popularity": Words("Most popular", "what most people did lately, the same for everybody"),
}

ACCURACY = {
    "hr": Metric("Hit rate", "how often the next item is somewhere in the list", MORE, percent),
    "ndcg": Metric("NDCG", "the same, with more credit the higher it stands; the gate for "
                   "deployment reads it at 10", MORE, decimal),
    "mrr": Metric("MRR", "mean of 1 divided by its place: only the very top counts much",
                  MORE, decimal),
    "recall": Metric("Recall", "of all that a person went on to do in the test, the share in the "
                     "first list they would have got", MORE, percent),
}

BEYOND = {
    "coverage": Metric("Coverage", "share of the catalogue that stands in at least one list",
                       MORE, percent),
    "gini": Metric("Concentration (Gini)", "0: every item is shown as often as any other; 1: one "
                   "item takes every place", LESS, decimal),
    "personalization": Metric("Personalization", "share of a list that is not in another "
                              "person's list, on average over all pairs of people", MORE, percent),
    "novelty": Metric("Novelty, bits", "surprise: each bit more, half as many people had to do "
                      "with the items shown", "", decimal),
    "popularity_ratio": Metric("Popularity of what is shown", "1: as popular as what the same "
                               "people did before; above 1 the list leans to what is popular",
                               "nearer to 1 is better", decimal),
    "unlike_by_categories": Metric("Variety by categories", "how different two items of one list "
                                   "are by their categories", "", percent),
    "unlike_by_vectors": Metric("Variety by behaviour", "how different they are by who does them: "
                                "1 minus the cosine of their vectors in this model", "", decimal),
    "miscalibration": Metric("Miscalibration", "how far a list's mix of categories is from the "
                             "mix its user had to do with; 0 = the same (KL, nats)", LESS,
                             decimal),
}

GROUPS = {
    "age": Words("By age of the model", "successive parts of the test, with nothing learned or "
                 "counted since it began"),
    "history": Words("By how much of the user is known", "events at the moment of the list"),
    "popularity": Words("By how popular the right item is", "events of the item before the test; "
                        "the fewest items that make up so much of all events"),
    "event type": Words("By kind of event", "what the person did with the item"),
    "category": Words("By category of the right item", "those asked for most; an item may have "
                      "several"),
}


def words_of(group: str) -> Words:
    """Of a group; one that the users' file brought is called as its column is."""
    return GROUPS.get(group) or Words(f"By {group.replace('_', ' ')}", "as the users' file has it")
