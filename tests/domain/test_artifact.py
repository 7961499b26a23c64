"""Model cards, manifests, and when a model may be promoted."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.artifact import (
    CARD,
    CLUSTERS,
    FILES,
    MANIFEST,
    MIN_RECALL,
    ArtifactError,
    Blend,
    ModelCard,
    Search,
    judge,
    sealed_files,
    verify,
    version_of,
    write_manifest,
)
from tests.domain.strategies import json_values

GOOD: dict[str, dict[str, float]] = {
    "model": {"ndcg@10": 0.299, "coverage": 0.5}, "torch": {"ndcg@10": 0.3},
    "popularity": {"ndcg@10": 0.1}, "covisitation": {"ndcg@10": 0.2},
    "current": {"ndcg@10": 0.25, "coverage": 0.6},
}
MODEL = ModelCard(
    created_at="2026-01-01T00:00:00+00:00", config={"width": 64}, blend=Blend(), rows=128, width=64,
    window=50, trained_until_ms=1, events=10, users=2, metrics=GOOD, seconds={"train": 1.5},
)
NAN = float("nan")


def with_metrics(**changes: dict[str, float] | None) -> ModelCard:
    metrics = {name: changes.get(name, values) for name, values in GOOD.items()}
    return MODEL._replace(metrics={name: m for name, m in metrics.items() if m is not None})


def test_a_model_that_beats_everything_may_be_promoted() -> None:
    assert judge(MODEL) == []


def test_the_first_model_is_judged_without_a_current_one() -> None:
    assert judge(with_metrics(current=None, model={"ndcg@10": 0.299})) == []


def test_other_metrics_on_the_card_do_not_count() -> None:
    assert judge(MODEL._replace(metrics={**GOOD, "encoder": {"hr@10": 0.9}})) == []


@pytest.mark.parametrize(("changes", "reasons"), [
    ({"popularity": {"ndcg@10": 0.299}}, ["ndcg@10 0.2990 is not better than popularity's 0.2990"]),
    ({"covisitation": {"ndcg@10": 0.3}}, ["not better than covisitation's 0.3000"]),
    ({"current": {"ndcg@10": 0.4, "coverage": 0.1}}, ["not better than current's 0.4000"]),
    ({"popularity": {"ndcg@10": NAN}}, ["not better than popularity's nan"]),
    ({"torch": {"ndcg@10": 0.3021}}, ["quantization takes ndcg@10 from 0.3021 to 0.2990"]),
    ({"torch": {"ndcg@10": NAN}}, ["quantization takes"]),
    ({"model": {"ndcg@10": 0.299, "coverage": 0.29}},
     ["it shows 29.0% of the catalogue, the current model 60.0%"]),
    ({"model": {"ndcg@10": 0.299, "coverage": NAN}}, ["it shows nan%"]),
    ({"model": {"ndcg@10": NAN, "coverage": 0.5}},
     ["popularity's", "covisitation's", "current's", "quantization"]),
    ({"model": {"ndcg@10": 0.0, "coverage": 0.0}},
     ["popularity's", "covisitation's", "current's", "quantization", "it shows"]),
    ({"torch": None}, ["the card has no ndcg@10 of torch"]),
    ({"model": {}, "popularity": None},
     ["has no ndcg@10 of model, ndcg@10 of popularity, coverage of model"]),
    ({"current": {}}, ["has no ndcg@10 of current, coverage of current"]),
])
def test_a_model_that_is_no_better_is_refused_with_every_reason(
    changes: dict[str, Any], reasons: list[str]
) -> None:
    refusals = judge(with_metrics(**changes))

    assert len(refusals) == len(reasons)
    assert all(reason in refusal for reason, refusal in zip(reasons, refusals, strict=True))


@pytest.mark.parametrize("torch", [0.302, 0.299, 0.2, 0.0])
def test_a_small_loss_of_quantization_is_accepted(torch: float) -> None:
    assert judge(with_metrics(torch={"ndcg@10": torch})) == []


def test_a_model_at_the_edge_of_both_limits_is_accepted() -> None:
    edge = {"ndcg@10": 0.3 * (1 - 0.01), "coverage": 0.3}

    assert judge(with_metrics(torch={"ndcg@10": 0.3}, model=edge)) == []


IN_CLUSTERS = MODEL._replace(search=Search(clusters=64, probes=8, recall=MIN_RECALL, users=100))


@pytest.mark.parametrize("card", [MODEL, IN_CLUSTERS])
def test_a_card_survives_its_text(card: ModelCard) -> None:
    assert ModelCard.from_json(card.to_json()) == card


def test_a_catalogue_that_is_scored_whole_has_the_card_it_always_had() -> None:
    assert "search" not in json.loads(MODEL.to_json())


def test_what_a_search_may_leave_out_is_no_loss_of_quantization() -> None:
    """3% in all: 1% may be lost to bytes, 2% to clusters."""
    edge = {"ndcg@10": 0.2911, "coverage": 0.5}

    assert judge(with_metrics(model=edge)._replace(search=IN_CLUSTERS.search)) == []
    assert "quantization" in judge(with_metrics(model=edge))[0]
    assert judge(with_metrics(model={"ndcg@10": 0.29, "coverage": 0.5})._replace(
                         search=IN_CLUSTERS.search)) != []


@pytest.mark.parametrize("recall", [0.97, NAN])
def test_a_search_that_finds_too_little_is_refused(recall: float) -> None:
    (reason, *_) = judge(MODEL._replace(search=Search(64, 1, recall, 100)))

    assert reason.startswith("its search finds ")


@pytest.mark.parametrize(("change", "reason"), [
    ({"version": 2}, "version must be at most 1"),
    ({"rows": "128"}, "rows must be integer"),
    ({"metrics": []}, "metrics must be object"),
    ({"metrics": {"model": {"ndcg@10": "0.3"}}}, "metrics.model.ndcg@10 must be number"),
    ({"blend": None}, "blend must be object"),
    ({"blend": {"encoder": 1.0, "magic": 2.0}}, "unexpected keyword argument 'magic'"),
    ({"search": {"clusters": 2, "probes": 1, "recall": 1}}, "search.users is required"),
    ({"search": {"clusters": 2, "probes": 0, "recall": 1, "users": 1}},
     "search.probes must be at least 1"),
    ({"search": None}, "search must be object"),
    ({"licence": "none"}, "unexpected keyword argument 'licence'"),
])
def test_a_card_of_another_shape_is_refused(change: dict[str, Any], reason: str) -> None:
    text = json.dumps(json.loads(MODEL.to_json()) | change)

    with pytest.raises(ArtifactError, match=f"unreadable model card: .*{reason}"):
        ModelCard.from_json(text)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": 1}', "[" * 10**5, "9" * 5000,
                                  '{"version": 1, "blend": {}}'])
def test_a_text_that_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(ArtifactError, match="unreadable model card"):
        ModelCard.from_json(text)


@given(st.sampled_from(sorted(json.loads(MODEL.to_json()))), json_values)
def test_a_card_with_any_value_anywhere_is_refused_or_judged(name: str, value: Any) -> None:
    text = json.dumps(json.loads(MODEL.to_json()) | {name: value})

    try:
        card = ModelCard.from_json(text)
    except ArtifactError:
        return

    assert all(isinstance(reason, str) for reason in judge(card))


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).write_bytes(f"this is {name}".encode())
    write_manifest(tmp_path)
    return tmp_path


def test_a_sealed_folder_is_whole_and_its_version_is_that_of_the_seal(sealed: Path) -> None:
    version = verify(sealed)

    assert version == write_manifest(sealed) == version_of((sealed / MANIFEST).read_text())
    assert len(bytes.fromhex(version)) == 8


def test_other_content_is_another_version(sealed: Path) -> None:
    before = verify(sealed)
    (sealed / CARD).write_text("another card")

    assert write_manifest(sealed) != before


@pytest.mark.parametrize("name", [MANIFEST, *FILES])
def test_a_missing_file_is_named(sealed: Path, name: str) -> None:
    (sealed / name).unlink()

    with pytest.raises(ArtifactError, match=f"{name} is missing"):
        verify(sealed)


@pytest.mark.parametrize("name", [MANIFEST, *FILES])
def test_one_flipped_bit_in_any_file_is_refused(sealed: Path, name: str) -> None:
    whole = (sealed / name).read_bytes()

    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        (sealed / name).write_bytes(changed)

        with pytest.raises(ArtifactError):
            verify(sealed)


def test_a_cut_or_longer_file_is_refused(sealed: Path) -> None:
    for content in (b"", b"this is card.jso", b"this is card.json "):
        (sealed / CARD).write_bytes(content)

        with pytest.raises(ArtifactError, match=r"card.json is not what the manifest says"):
            verify(sealed)


@pytest.mark.parametrize(("text", "reason"), [
    ("", "unreadable manifest"), ("[]", "unreadable manifest"), ("{}", "unreadable manifest"),
    ('{"version": 1, "sha256": 5}', "unreadable manifest"),
    ('{"version": 1, "sha256": {}}', "encoder.onnx is not what the manifest says"),
    ('{"version": 2, "sha256": {}}', "^manifest version 2 is not known here"),
])
def test_a_manifest_that_says_nothing_is_refused(sealed: Path, text: str, reason: str) -> None:
    (sealed / MANIFEST).write_text(text)

    with pytest.raises(ArtifactError, match=reason):
        verify(sealed)


def test_a_folder_that_lacks_a_file_cannot_be_sealed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_manifest(tmp_path)


def test_clusters_are_sealed_where_there_are_any(sealed: Path) -> None:
    without = sealed_files(sealed)
    (sealed / CLUSTERS).write_bytes(b"clusters")

    with pytest.raises(ArtifactError, match=f"{CLUSTERS} is not what the manifest says"):
        verify(sealed)
    write_manifest(sealed)

    verify(sealed)
    assert sealed_files(sealed) == (*without, CLUSTERS)
    (sealed / CLUSTERS).unlink()
    with pytest.raises(ArtifactError, match=f"{CLUSTERS} is missing"):
        verify(sealed)
