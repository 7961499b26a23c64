"""The folders below `models/` -> the table of models, and the pointer where none is.

Only promoted models have a folder. What the bucket does not know: models that were refused, the
names of the jobs, and which of several models served last, so that one is named by the operator.
"""

from collections.abc import Iterable

from domain.artifact import CARD, MANIFEST, ArtifactError, ModelCard, version_of
from domain.layout import MODELS_PREFIX
from functions.registry import Entry, RegistryError, entry_of
from functions.shelf import Listed, model_key
from recovery.report import Report
from recovery.stack import Adapters

JOB = "restored-"  # and the version, in place of the job's name


def fill(given: Adapters, report: Report, chosen: str, now_ms: int) -> None:
    """Register every model of the bucket; point at `chosen`, or at the only one there is."""
    known = {entry.version for entry in given.registry.entries()}
    for listed in given.shelf.listed(MODELS_PREFIX):
        if not listed.key.endswith(f"/{MANIFEST}"):
            continue
        try:
            entry = _entry(listed, given)
        except ArtifactError as error:
            report.problems.append(f"model of {listed.key}: {error}")
            continue
        given.registry.record(entry)
        report.counts["models that needed nothing" if entry.version in known
                      else "models registered"] += 1
    _point(given, report, chosen, now_ms)


def _entry(listed: Listed, given: Adapters) -> Entry:
    """As the promoter wrote it down, when the manifest, its last file, was placed."""
    version = listed.key.removeprefix(MODELS_PREFIX).partition("/")[0]
    manifest = given.shelf.get(listed.key) or b""
    if version_of(manifest.decode(errors="replace")) != version:
        raise ArtifactError("the manifest is not what the version says")
    card = given.shelf.get(model_key(version, CARD))
    if card is None:
        raise ArtifactError(f"{CARD} is missing")
    return entry_of(version, ModelCard.from_json(card.decode(errors="replace")), JOB + version, [],
                    listed.written_ms)


def _point(given: Adapters, report: Report, chosen: str, now_ms: int) -> None:
    may_serve = {entry.version: entry for entry in given.registry.entries()
                 if entry.version and not entry.refusals}
    if chosen:
        try:
            given.registry.point(chosen, now_ms)
        except RegistryError as error:
            report.problems.append(f"the pointer: {error}")
    elif may_serve and not given.registry.current():
        if len(may_serve) == 1:
            ((version, entry),) = may_serve.items()
            given.registry.point(version, entry.judged_ms)  # as of when the promoter did
        else:
            report.problems.append("the pointer: choose a model with --model, newest first: "
                                   + _by_age(may_serve.values()))


def _by_age(entries: Iterable[Entry]) -> str:
    """By when they were trained: a copied bucket knows only when it was copied."""
    newest = sorted(entries, key=lambda entry: entry.created_at, reverse=True)
    return ", ".join(f"{entry.version} ({entry.created_at})" for entry in newest)
