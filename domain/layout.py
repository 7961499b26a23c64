"""Where things lie: the keys of the tables and the prefixes of the bucket.

`infra` creates what stands here and `functions` reads and writes it.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Index(NamedTuple):
    """A secondary index over everything in its table; the sort key is a number."""

    name: str
    partition_key: str
    sort_key: str


@dataclass(frozen=True, slots=True)
class Table:
    """Key attributes (strings) of one table, "" = none; `ttl` holds epoch seconds."""

    partition_key: str
    sort_key: str = ""
    ttl: str = ""
    index: Index | None = None


# subject -> parts "state" (packed features), "attributes", "session:<subject of a session>"; hash
# of a subject -> part "erased"
USERS = Table("subject", "part")
# item id -> facts; the index lists what changed since a moment, spread over CHANGE_LANES
ITEM_CHANGES = Index("changes", "lane", "updated_ms")
ITEMS = Table("item_id", index=ITEM_CHANGES)
# shard -> pages by their last record, gone after 48 h. The attribute is called `first`, as which it
# began: to rename a key is to lose the table.
PAGES = Table("shard", "first", ttl="expires_s")
# part "current" -> the pointer; part "shelf" -> every version ever promoted or refused; part
# "counts" -> what was seen of a rollout at one share, gone after 48 h
MODELS = Table("part", "version", ttl="expires_s")

CHANGE_LANES = 8  # one index partition takes 1,000 writes/s: bulk loads spread over 8
PAGE_TTL_S = 48 * 3600
COUNTS = "counts"  # that part, of which alone whoever makes lists may write
COUNTS_TTL_S = 48 * 3600
TOLD = "told"  # that part, of jobs whose loss the owner was told of
TOLD_TTL_S = 21 * 24 * 3600  # a parked call can be made again for 14 days
# In place of a shard: pages of records that come when later ones of their shard are counted, in
# order of coming. They are read beside the stream's own; who writes them is alone in doing so.
REPLAYS = "replays"

EVENT_LOG = "events/"  # dt=YYYY-MM-DD/<shard>-<first sequence>-<last>.jsonl.gz
QUARANTINE = "quarantine/"  # records no consumer could read, with the reason
STAGING = "staging/"  # where training jobs write; nothing serves from here
LOGS = STAGING + "tensorboard"  # /<job>/tensorboard-output/: event files of trainings, for 14 days
CHECKPOINTS = STAGING + "checkpoints/"  # <first job of a training>/
WEIGHTS = "network.pt"  # among them: what a later training may start from
MODELS_PREFIX = "models/"  # <version>/<file>; written by the promoter alone, never changed
TRENDS = "trends/"
TRENDS_KEY = TRENDS + "current.npz"  # what scorers read
LEDGER_KEY = TRENDS + "ledger.npz"  # the same, and what the next roll-up must remember
CATALOG_KEY = "catalog/current.npz"
ERASURES = "erasures/"  # <hash of the subject>-<time>[-act], empty: see `domain.erasure`
RECEIPTS = "receipts/"  # <hash of the subject>-<time>.json: what was erased, and when
EXPORTS = "exports/"  # <hash of the subject>/: what the log holds of somebody who asked
SWEEP_KEY = "sweep/current.json"  # how far the log was searched for the erased
FORGOTTEN_KEY = "training/forgotten.txt"  # whose records a training job leaves out
TUNED_KEY = "training/tuned.json"  # hyperparameters over the deployment's: `recovery.tune`
BATCHES = "batches/"  # lists of many users, made at once: see `domain.batch_plan`
MAX_SEGMENTS = 1_000_000  # of a batch. source: AWS, "Scan" (DynamoDB API), TotalSegments
BATCH_DAYS = 7  # how long they can be fetched
PARKED = "aws/lambda/"  # where Lambda itself puts records that a consumer could not handle

# The folders a training job sees under input/data/, and what is mounted there.
CHANNEL_EVENTS = "events"
CHANNEL_CATALOG = "catalog"
CHANNEL_CURRENT = "current"
CHANNEL_EARLIER = "earlier"  # weights to start from
CHANNEL_CODE = "code"
CHANNEL_FORGOTTEN = "forgotten"

ML_ROOT = "/opt/ml"  # of a training job's folders
TENSORBOARD = "output/tensorboard"  # of these the one that goes to `LOGS` while a job runs
