from pathlib import Path

import pytest

from infra import bundling
from infra.bundling import BundlingError, PipInstall


class Unpacked(PipInstall):
    """Stands in for pip: a package with parts no function imports, of a chosen size."""

    size_bytes = 10

    def install(self, target: Path) -> None:
        for name in ("numpy/__init__.py", "numpy/tests/test_all.py", "numpy/version.pyi",
                     "onnxruntime/capi/state.so", "onnxruntime/capi/libonnxruntime.so.1.32.0",
                     "onnxruntime/transformers/bert.py", "bin/f2py"):
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        with (target / "numpy/weights.bin").open("wb") as file:
            file.truncate(self.size_bytes)


def test_the_functions_bundle_holds_two_rooms_and_nothing_but_python() -> None:
    with bundling.functions_bundle() as folder:
        found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}

    assert {path.parts[0] for path in found} == {"domain", "functions"}
    assert {path.suffix for path in found} <= {".py", ".pyc"}
    assert Path("functions/recommend.py") in found


def test_the_training_bundle_asks_for_what_the_image_lacks() -> None:
    with bundling.training_bundle() as folder:
        rooms = {path.name for path in folder.iterdir() if path.is_dir()}
        asked = (folder / "requirements.txt").read_text().splitlines()
        constraints = (folder / "constraints.txt").read_text()
        prices = (folder / "docs/prices.toml").read_text()

    assert rooms == {"domain", "model", "docs"}
    assert "ml.g5.xlarge" in prices
    assert asked[0] == "-c constraints.txt"
    assert not any(line.startswith("torch") for line in asked)
    assert all(line in constraints for line in asked[1:])


def test_what_mlflow_is_told_with_is_asked_for_where_it_is_told() -> None:
    def asks(*extras: str) -> bool:
        with bundling.training_bundle(*extras) as folder:
            return "sagemaker-mlflow" in (folder / "requirements.txt").read_text()

    assert asks("tracking")
    assert not asks()


def test_every_package_of_an_extra_is_pinned_as_the_lock_has_it() -> None:
    lock = bundling.LOCK.read_text().splitlines()

    pins = bundling.pins("scoring")

    assert {pin.split("==")[0] for pin in pins} == {"numpy", "onnxruntime"}
    assert set(pins) <= set(lock)


def test_what_the_lambda_runtime_holds_is_not_bundled() -> None:
    pins = bundling.pins("functions", bundling.IN_RUNTIME)

    assert not any(pin.startswith("boto3") for pin in pins)


def test_a_layer_is_known_by_its_pins() -> None:
    layer, same, other = (PipInstall([pin], "arm64") for pin in ("a==1", "a==1", "a==2"))

    assert layer.fingerprint() == same.fingerprint() != other.fingerprint()


def test_a_layer_holds_only_what_functions_import(tmp_path: Path) -> None:
    done = Unpacked(["numpy==2"], "arm64").try_bundle(str(tmp_path))

    left = {str(path.relative_to(tmp_path / "python")) for path in tmp_path.rglob("*")
            if path.is_file() and path.suffix != ".pyc"}
    assert done
    assert left == {"numpy/__init__.py", "numpy/weights.bin", "onnxruntime/capi/state.so"}


def test_a_layer_that_outgrows_its_share_of_a_function_is_refused(tmp_path: Path) -> None:
    layer = Unpacked(["numpy==2"], "arm64")
    layer.size_bytes = bundling.MAX_LAYER_BYTES + 1

    with pytest.raises(BundlingError, match="more than a layer's 120,000,000"):
        layer.try_bundle(str(tmp_path))


def test_a_package_pip_does_not_find_is_named(tmp_path: Path) -> None:
    layer = PipInstall(["../no-such-package"], "arm64")

    with pytest.raises(BundlingError, match="no-such-package"):
        layer.install(tmp_path)


def test_the_wheels_are_those_of_the_processor() -> None:
    arm, intel = PipInstall(["a==1"], "arm64"), PipInstall(["a==1"], "x86_64")

    assert all(platform.endswith("aarch64") for platform in arm.platforms)
    assert all(platform.endswith("x86_64") for platform in intel.platforms)
    assert arm.fingerprint() != intel.fingerprint()
