"""Whatever bytes a training job leaves behind, only a whole model is let in."""

import io
import shutil
import tarfile
from pathlib import Path

import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.artifact import CARD, ENCODER, FILES, MANIFEST, SCORER, TABLE, ArtifactError
from functions.promote_model import Job, consider
from functions.rolling import Room
from functions.scorer import try_out
from functions.tries import Tries
from tests.conftest import Trained
from tests.functions.artifacts import flipped, now_ms, refused, variant
from tests.functions.stage import Stage, archive, files_of


@pytest.fixture(scope="module")
def files(trained: Trained) -> dict[str, bytes]:
    """A good model."""
    return files_of(trained.folder)


@pytest.fixture
def serving(stage: Stage, files: dict[str, bytes]) -> Stage:
    """A good model was promoted."""
    assert stage.end_job("first", files)["promoted"]
    return stage


def test_a_flipped_bit_in_any_file_is_refused(serving: Stage, files: dict[str, bytes]) -> None:
    for name in FILES:
        changed = {**files, name: flipped(files[name], len(files[name]) // 2)}

        assert refused(serving, changed, f"job-{name}") == f"{name} is not what the manifest says"


def test_a_missing_file_is_refused(serving: Stage, files: dict[str, bytes]) -> None:
    for name in (*FILES, MANIFEST):
        rest = {other: data for other, data in files.items() if other != name}

        assert refused(serving, rest, f"job-{name}") == f"{name} is missing"


def test_an_archive_that_was_cut_is_refused(serving: Stage, files: dict[str, bytes]) -> None:
    whole = archive(files)

    for part in (0, 1, 10, len(whole) // 3, len(whole) // 2, len(whole) - 600):
        assert "unreadable archive" in refused(serving, whole[:part], f"job-{part}")


def test_what_is_no_archive_is_refused(serving: Stage) -> None:
    assert "unreadable archive" in refused(serving, b"PK\x03\x04 a zip, perhaps")


def pointing(graph: bytes, place: str) -> bytes:
    """The same graph, its weights read from another place."""
    model = onnx.load_model_from_string(graph)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = place
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("name", [ENCODER, SCORER])
@pytest.mark.parametrize("place", ["../outside.bin", "x/../../outside.bin", "{}/outside.bin"])
def test_a_graph_that_reads_a_file_out_of_its_folder_is_refused(
    trained: Trained, tmp_path: Path, name: str, place: str
) -> None:
    """By ONNX Runtime itself; what lies outside would have fitted."""
    shutil.copy(trained.folder / TABLE, tmp_path / "outside.bin")
    graph = (trained.folder / name).read_bytes()
    for folder, found in (("within", "./" + TABLE), ("beyond", place.format(tmp_path))):
        variant(trained.folder, tmp_path / folder, {name: pointing(graph, found)})

    try_out(tmp_path / "within")
    with pytest.raises(ArtifactError, match=r"cannot be opened.*xternal data path"):
        try_out(tmp_path / "beyond")


def test_a_job_that_leaves_such_a_graph_is_refused_by_name(
    serving: Stage, trained: Trained, files: dict[str, bytes], tmp_path: Path
) -> None:
    beyond = {ENCODER: pointing(files[ENCODER], "/etc/passwd")}
    variant(trained.folder, tmp_path / "beyond", beyond)

    assert "External data path" in refused(serving, files_of(tmp_path / "beyond"))


def special(files: dict[str, bytes], name: str, kind: bytes, target: str) -> bytes:
    """An archive with a link or device among its files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for other, data in files.items():
            member = tarfile.TarInfo(other)
            member.size = len(data)
            if other == name:
                member.type, member.linkname, member.size, data = kind, target, 0, b""
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


SPECIAL = [(tarfile.SYMTYPE, "/etc/passwd"), (tarfile.SYMTYPE, "../../etc/passwd"),
           (tarfile.LNKTYPE, "/etc/passwd"), (tarfile.CHRTYPE, ""), (tarfile.FIFOTYPE, ""),
           (tarfile.DIRTYPE, ""), (tarfile.SYMTYPE, "encoder.onnx"),
           (tarfile.SYMTYPE, "model.tar.gz")]


def test_a_link_or_a_device_in_place_of_a_file_is_refused(
    serving: Stage, files: dict[str, bytes]
) -> None:
    for n, (kind, target) in enumerate(SPECIAL):
        assert refused(serving, special(files, ENCODER, kind, target), f"job-{n}")


def test_a_path_out_of_the_archive_is_left_alone(
    stage: Stage, files: dict[str, bytes], tmp_path: Path
) -> None:
    evil = {"../evil": b"x", "../../../evil": b"x", str(tmp_path / "evil"): b"x",
            "sub/../../evil": b"x", f"sub/{CARD}": b"x", **files}

    answer = stage.end_job("first", evil)

    assert answer["promoted"]
    assert not (tmp_path / "evil").exists()
    assert not any(key.endswith("evil") for key in stage.keys(""))


@settings(max_examples=30, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_no_changed_byte_of_an_archive_breaks_the_promoter(
    stage: Stage, at: float, value: int
) -> None:
    whole = bytearray(archive({name: name.encode() * 20 for name in (*FILES, MANIFEST)}))
    whole[int(at * len(whole))] = value
    key = "staging/models/any/output/model.tar.gz"
    stage.shelf().put(key, bytes(whole))

    entry = consider(Job(f"any-{at}-{value}", 0, key), stage.shelf(), stage.registry(),
                     Room.of("true", "0", "1769"), Tries.of("ml.g5.xlarge", "true"), now_ms())

    assert entry.refusals
    assert entry.version is None
