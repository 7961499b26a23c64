"""What a trained model consists of, how it is proven whole, and when it may be promoted.

The trainer writes these files, the promoter judges the card, the scorer verifies the manifest.
"""

import hashlib
import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from domain.digest import digest, digesting
from domain.schema import compile_schema
from domain.steps import whole

VERSION = 1
ENCODER = "encoder.onnx"  # (rows, ages_s, types) -> user vector; gathers from TABLE
SCORER = "scorer.onnx"  # (user vector, bias, k) -> scores, rows; multiplies with TABLE
BIAS = "bias"  # how inputs of SCORER begin that bring it: one for each part of the table
TABLE = "items.bin"  # uint8 [rows, D] then float32 scale [rows]; both graphs map it
ITEMS = "items.npz"  # row order: keys, decayed counts, ids
GRAPH = "graph.npz"  # co-visitation
CLUSTERS = "clusters.npz"  # of a catalogue too large to be scored whole: the table lies in them
CONTENT = "content.npz"  # vectors of labels: what items are that arrive after training
RANKER = "ranker.onnx"  # the second stage, of models that have one
CARD = "card.json"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"  # beside it on the shelf: by whoever verified all of this
UNSIGNED = "none"  # in place of a key, where models are not signed
FILES = (ENCODER, SCORER, TABLE, ITEMS, GRAPH, CARD)
OPTIONAL = (CLUSTERS, CONTENT, RANKER)
KNOWN = (*FILES, *OPTIONAL, MANIFEST)

TABLE_BLOCK = 64  # rows are padded to a multiple of this: the block of the scorer's top-k
MIN_COVERAGE_KEPT = 0.5  # of the current model's catalogue coverage
MAX_QUANTIZATION_LOSS = 0.01  # of NDCG@10, torch fp32 against the int8 artifact
MIN_RECALL = 0.98  # of a search in clusters: share of the exact ten best that it finds
JUDGED_BY = "ndcg@10"
BASELINES = ("popularity", "covisitation")
COVERAGE = "coverage"  # share of the catalogue that appears in some list

_WHOLE = {"type": "integer", "minimum": 0}
_NUMBERS = {"type": "object", "additionalProperties": {"type": "number"}}
_SEARCH = {
    "type": "object", "required": ["clusters", "probes", "recall", "users"],
    "additionalProperties": False,
    "properties": {"clusters": _WHOLE, "probes": {"type": "integer", "minimum": 1},
                   "recall": {"type": "number"}, "users": _WHOLE},
}
_check_card = compile_schema({
    "type": "object",
    "required": ["version", "blend"],
    "properties": {
        "version": {"type": "integer", "minimum": VERSION, "maximum": VERSION},
        "created_at": {"type": "string"}, "git_revision": {"type": "string"},
        "config": {"type": "object"}, "blend": _NUMBERS, "search": _SEARCH,
        "rows": _WHOLE, "width": _WHOLE, "window": _WHOLE, "trained_until_ms": _WHOLE,
        "events": _WHOLE, "users": _WHOLE, "seconds": _NUMBERS,
        "notes": {"type": "array", "items": {"type": "string"}},
        "metrics": {"type": "object", "additionalProperties": _NUMBERS},
    },
})


class ArtifactError(ValueError):
    """A model is not whole: a file is missing, changed, or of another version."""


class Blend(NamedTuple):
    """Weights of the parts of a score, see `domain.blend`.

    decay: how much less each older item of the history votes.
    """

    encoder: float = 10.0
    graph: float = 3.0
    popularity: float = 1.0
    decay: float = 0.8


class Search(NamedTuple):
    """How a catalogue is searched that is too large to be scored whole.

    clusters: how many there are.   probes: those that a request reads, at least.
    recall:   share of the ten best of the exact int8 scan that it finds, over so many held-out
              `users`, what each has seen left out.
    """

    clusters: int
    probes: int
    recall: float
    users: int


class ModelCard(NamedTuple):
    """What a model is and how good it was, on events later than any it was trained on.

    metrics: name -> metric -> value, all on the same held-out time slice: `model` (the int8
             artifact as served), `torch`, `current` (what is promoted now, if anything), and
             the baselines.
    search:  None where the whole catalogue is scored.
    notes:   what a person should know of this run, such as a current model that cannot be read.
    """

    created_at: str
    config: dict[str, Any]
    blend: Blend
    rows: int
    width: int
    window: int
    trained_until_ms: int
    events: int
    users: int
    metrics: dict[str, dict[str, float]]
    seconds: Mapping[str, float] = {}
    git_revision: str = "unknown"
    notes: tuple[str, ...] = ()
    search: Search | None = None
    version: int = VERSION

    def to_json(self) -> str:
        """As the artifact stores it; without a search it is what earlier versions read, too."""
        fields = self._asdict() | {"blend": self.blend._asdict()}
        if self.search is None:
            del fields["search"]
        else:
            fields["search"] = self.search._asdict()
        return json.dumps(fields, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        raises: ArtifactError, when it is no card this version can read.
        """
        try:
            fields = json.loads(text)
            if found := _check_card(fields, ""):
                raise ValueError(f"{found.field or 'it'} {found.reason}")
            search = Search(**fields["search"]) if "search" in fields else None
            return cls(**{**fields, "blend": Blend(**fields["blend"]), "search": search,
                          "notes": tuple(fields.get("notes", ()))})
        except (ValueError, RecursionError, TypeError) as error:
            raise ArtifactError(f"unreadable model card: {error}") from error


def judge(card: ModelCard) -> list[str]:
    """Why this model may not be promoted; empty when it may."""
    from domain import drift  # who serves judges nothing

    metrics = card.metrics
    needed = [(name, JUDGED_BY) for name in ("model", "torch", *BASELINES)]
    if "current" in metrics:
        needed += [("current", JUDGED_BY), ("current", COVERAGE), ("model", COVERAGE)]
    missing = [f"{metric} of {name}" for name, metric in needed
               if metric not in metrics.get(name, {})]
    if missing:
        return [f"the card has no {', '.join(missing)}"]
    recall = card.search.recall if card.search else 1.0
    lost = [] if recall >= MIN_RECALL else [f"its search finds {recall:.1%} of the exact ten best"]
    # What the search may leave out counts on top: it is measured, and was accepted.
    return (lost + _refusals(metrics, MAX_QUANTIZATION_LOSS + (1 - recall))
            + drift.refusals(card.config))


def _refusals(metrics: Mapping[str, Mapping[str, float]], max_loss: float) -> list[str]:
    # Each comparison is written so that NaN refuses.
    rivals = (*BASELINES, "current") if "current" in metrics else BASELINES
    score, torch = metrics["model"][JUDGED_BY], metrics["torch"][JUDGED_BY]
    rival = {name: metrics[name][JUDGED_BY] for name in rivals}
    refusals = [f"{JUDGED_BY} {score:.4f} is not better than {name}'s {rival[name]:.4f}"
                for name in rivals if not score > rival[name]]
    if not score >= torch * (1 - max_loss):
        refusals.append(f"quantization takes {JUDGED_BY} from {torch:.4f} to {score:.4f}")
    if "current" in metrics:
        now, before = metrics["model"][COVERAGE], metrics["current"][COVERAGE]
        if not now >= before * MIN_COVERAGE_KEPT:
            refusals.append(f"it shows {now:.1%} of the catalogue, the current model {before:.1%}")
    return refusals


def write_manifest(folder: Path) -> str:
    """Seal the files of a folder; answers with the version, which is the seal's own digest."""
    names = (*FILES, *(name for name in OPTIONAL if (folder / name).is_file()))
    sums = {name: digest(folder / name) for name in names}
    text = json.dumps({"version": VERSION, "sha256": sums}, indent=1, sort_keys=True)
    (folder / MANIFEST).write_bytes(text.encode())
    return version_of(text)


def sealed_files(folder: Path) -> tuple[str, ...]:
    """What a folder must hold beside its manifest.

    raises: ArtifactError, when there is no manifest that can be read.
    """
    return _names(_read_manifest(folder / MANIFEST)[1])


def verify(folder: Path) -> str:
    """Check every file against the manifest; answers with the version.

    raises: ArtifactError, naming the first file that is missing or changed, or that is known and
    was not sealed.
    """
    return whole(verifying(folder))


def verifying(folder: Path) -> Generator[int, None, str]:
    """`verify`, a piece at a time; yields how many bytes were read."""
    text, sums = _read_manifest(folder / MANIFEST)
    for name in _names(sums):
        if not (folder / name).is_file():
            raise ArtifactError(f"{name} is missing")
    for name in (*FILES, *OPTIONAL):
        if (folder / name).is_file():
            found = yield from digesting(folder / name)
            if found != sums.get(name):
                raise ArtifactError(f"{name} is not what the manifest says")
    return version_of(text)


def version_of(manifest: str) -> str:
    """The version that a manifest seals: 16 hex digits of its digest."""
    return hashlib.sha256(manifest.encode()).hexdigest()[:16]


def _names(sums: Mapping[str, Any]) -> tuple[str, ...]:
    return (*FILES, *(name for name in OPTIONAL if name in sums))


def _read_manifest(path: Path) -> tuple[str, dict[str, Any]]:
    if not path.is_file():
        raise ArtifactError(f"{MANIFEST} is missing")
    try:
        text = path.read_bytes().decode()
        document = json.loads(text)
        version, sums = document["version"], dict(document["sha256"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArtifactError(f"unreadable manifest: {error!r}") from error
    if version != VERSION:
        raise ArtifactError(f"manifest version {version} is not known here")
    return text, sums
