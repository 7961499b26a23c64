"""python -m local.demo: MovieLens users get recommendations that react to a click.

Loads through the public API, trains and promotes as the cloud would, then asks for one user,
clicks, and asks again. `EVENTS=path.csv` loads a file of your own instead.
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import movielens
from local.client import Client, encode
from local.cloud import Cloud
from local.collection import Collection, CollectionError, read_csv
from local.loader import load
from local.start import DATA

DOWNLOADS = Path("data")
SHOWN = 8  # places of a list
PATIENCE_S = 30.0  # until a click must show; a mapping's window is one second


@dataclass(frozen=True, slots=True)
class Show:
    """Prints what the API answers, with titles."""

    client: Client
    titles: dict[str, str]

    def title(self, item_id: str) -> str:
        """An item as a person knows it."""
        return self.titles.get(item_id, item_id)

    def ask(self, user_id: str, query: str = "") -> dict[str, Any]:
        """The list for a user."""
        path = f"/users/{encode(user_id)}/recommendations?k={SHOWN}{query}"
        return dict(_ok(self.client.call("GET", path)))

    def history(self, profile: dict[str, Any]) -> None:
        """What a user did last, and what that says."""
        total = sum(profile["events"].values())
        print(f"\nUser {profile['user_id']}, {total} events, newest first:")
        for event in profile["recent"][:6]:
            value = "" if event["value"] is None else f" {event['value']:g}"
            print(f"    {event['type']}{value}  {self.title(event['item_id'])}")
        likes = [f"{label} {share:.0%}" for label, share in list(profile["affinities"].items())[:4]]
        print(f"    likes: {', '.join(likes)}")

    def listing(self, answer: dict[str, Any], before: list[str]) -> None:
        """A list with its reasons; `before` are the item ids of the list before it."""
        for place in answer["items"]:
            item_id = place["item_id"]
            moved = ""
            if before:
                was = before.index(item_id) + 1 if item_id in before else None
                moved = "new" if was is None else "" if was == place["rank"] else f"was {was}"
            print(f"  {place['rank']:2} {moved:7}{self.title(item_id):42.42} {self.why(place)}")

    def why(self, place: dict[str, Any]) -> str:
        """The strongest reason in words."""
        if not place["reasons"]:
            return ""
        reason = place["reasons"][0]
        because = " and ".join(self.title(item_id) for item_id in reason["because"])
        return f"{reason['signal']} {reason['share']:.0%}" + (f": {because}" if because else "")


def main() -> None:
    """The whole story, once."""
    began = time.monotonic()
    try:
        collection = _collection()
        print(f"{collection.name}: {collection.count()} events of {len(collection.events)} users "
              f"on {len(collection.items)} items")
        _report("left out", collection.problems)
        print("Starting the local cloud from the synthesized template ...", flush=True)
        with Cloud(DATA, console=sys.stderr) as cloud:
            _report("refused by the API", load(cloud, collection))
            _train(cloud)
            _show(cloud, collection)
    except CollectionError as error:
        sys.exit(str(error))
    print(f"\nThe demo took {time.monotonic() - began:.0f} s. To keep it running: python -m local "
          f"(it starts with all of this, and prints its URL and three curl commands)")


def _collection() -> Collection:
    path = os.environ.get("EVENTS")
    return read_csv(Path(path)) if path else movielens.load(DOWNLOADS)


def _report(what: str, problems: list[str]) -> None:
    if problems:
        print(f"{len(problems)} {what}, such as:", *problems[:5], sep="\n    ")


def _train(cloud: Cloud) -> None:
    """What schedules do in the cloud, done now: roll-ups, one training job, its promotion."""
    print("Waiting until every consumer has seen every event ...", flush=True)
    cloud.drain()
    for verb in ("roll_up_catalog", "roll_up_trends"):
        cloud.fire(verb)
    print("Training, in the container's contract:", flush=True)
    for job in cloud.fire("start_training").jobs:
        print(f"{job.name}: {job.status} {job.reason}".rstrip())
    with cloud.client() as client:
        shelf = _ok(client.call("GET", "/models", admin=True))
    for model in shelf["models"][:1]:
        refused = f"refused: {'; '.join(model['refusals'])}" if model["refusals"] else "promoted"
        print(f"Model {model['version']} {refused}")


def _show(cloud: Cloud, collection: Collection) -> None:
    titles = {item["item_id"]: item.get("title", item["item_id"]) for item in collection.items}
    with cloud.client() as client:
        show = Show(client, titles)
        user_id = _somebody(collection)
        profile = _ok(client.call("GET", f"/users/{encode(user_id)}"))
        show.history(profile)
        before = show.ask(user_id)
        print(f"\nRecommended ({before['source']}: {before['why']}):")
        show.listing(before, [])
        shown = [place["item_id"] for place in before["items"]]
        clicked = _something_else(collection, profile, shown)
        print(f"\n{user_id} clicks on {show.title(clicked)} ...")
        after, ms = _click(show, user_id, clicked, shown)
        print(f"... and {ms:.0f} ms after the click the list is:")
        show.listing(after, shown)


def _click(
    show: Show, user_id: str, item_id: str, shown: list[str]
) -> tuple[dict[str, Any], float]:
    """Post a click, ask until the list has changed; the answer and the milliseconds since."""
    event = {"event_id": f"demo-{time.time_ns()}", "type": "click", "item_id": item_id}
    began = time.monotonic()
    _ok(show.client.call("POST", "/events", {"user_id": user_id, "events": [event]}))
    while time.monotonic() - began < PATIENCE_S:
        answer = show.ask(user_id)
        if [place["item_id"] for place in answer["items"]] != shown:
            return answer, (time.monotonic() - began) * 1000
        time.sleep(0.02)
    raise CollectionError(f"the click on {item_id} did not change the list in {PATIENCE_S:.0f} s")


def _somebody(collection: Collection) -> str:
    """A user with a history one can read, who came late, and so is new to the model."""
    readable = {u: e for u, e in collection.events.items() if 20 <= len(e) <= 60}
    return max(readable or collection.events, key=lambda u: (collection.events[u][-1]["at"], u))


def _something_else(collection: Collection, profile: dict[str, Any], shown: list[str]) -> str:
    """A well-known item that is unlike what the user did so far."""
    counts: dict[str, int] = {}
    for events in collection.events.values():
        for event in events:
            counts[event["item_id"]] = counts.get(event["item_id"], 0) + 1
    seen = {event["item_id"] for event in collection.events[profile["user_id"]]} | set(shown)
    likes = profile["affinities"]

    def liking(item: dict[str, Any]) -> float:
        return float(sum(abs(likes.get(label, 0.0)) for label in item.get("categories", ())))

    known = sorted((item for item in collection.items if item["item_id"] not in seen),
                   key=lambda item: -counts.get(item["item_id"], 0))[:50]
    return str(min(known, key=liking)["item_id"])


def _ok(reply: Any) -> Any:
    if reply.status not in (200, 202):
        raise CollectionError(f"the API answered {reply.status}: {reply.body}")
    return reply.body


if __name__ == "__main__":
    main()
