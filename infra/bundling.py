"""Cuts what ships out of the repository: the functions' code, their layers, the training bundle.

Rooms are copied; packages are installed for the Lambda platform by pip alone, no Docker. A layer's
hash is made from its pins and its platform, so that a second synth finds it in cdk.out.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
PYTHON = "3.13"
# onnxruntime is built for manylinux_2_28 only, numpy for 2_27 as well; Amazon Linux 2023 has glibc
# 2.34. source: AWS, "Lambda runtimes".
PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}  # as Lambda calls them: as wheels do
IN_RUNTIME = ("boto3",)  # source: AWS, "Working with Python Lambda functions", runtime-included SDK
IN_TRAINING_IMAGE = ("torch",)
# Code and layers of one function, unpacked, may be 262 MB. source: AWS, "Lambda quotas".
MAX_LAYER_BYTES = 120_000_000

# What no function imports: 40 of 116 MB of the scoring layer. Paths below python/.
UNUSED = (
    "bin", "**/tests", "**/*.pyi", "numpy/f2py", "numpy/_core/include", "numpy/_core/lib",
    "onnxruntime/capi/libonnxruntime.so*",  # the C API; the Python module links its own copy
    "onnxruntime/transformers", "onnxruntime/quantization", "onnxruntime/tools",
    "onnxruntime/datasets", "onnxruntime/backend",
)


class BundlingError(RuntimeError):
    """A bundle cannot be made: pip failed, the lock lacks a package, a layer is too large."""


@contextmanager
def functions_bundle() -> Iterator[Path]:
    """A folder with the code of every function: domain and functions."""
    with _rooms("domain", "functions") as folder:
        if compiler := find_compiler():
            _compile(compiler, folder, "/var/task")
        yield folder


@contextmanager
def training_bundle(*extras: str) -> Iterator[Path]:
    """A folder with the code of a training job, and what pip must add to the training image.

    extras: of pyproject.toml, beside `model`.
    """
    with _rooms("domain", "model") as folder:
        shutil.copy(LOCK, folder / "constraints.txt")
        (folder / "docs").mkdir()
        shutil.copy(ROOT / "docs/prices.toml", folder / "docs")  # the card tells what it cost
        needed = [pin for extra in ("model", *extras)
                  for pin in pins(extra, without=IN_TRAINING_IMAGE)]
        lines = ["-c constraints.txt", *needed]
        (folder / "requirements.txt").write_text("\n".join(lines) + "\n")
        yield folder


def pins(extra: str, without: Sequence[str] = ()) -> list[str]:
    """`name==version` of each package of an extra, the version as the lock has it.

    raises: BundlingError, when the lock lacks one.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["optional-dependencies"][extra]
    locked = {_name(line): line.split(";")[0].strip() for line in LOCK.read_text().splitlines()}
    try:
        return [locked[_name(line)] for line in asked if _name(line) not in without]
    except KeyError as error:
        raise BundlingError(f"{LOCK.name} has no pin of {error}: run make lock") from error


@cache
def find_compiler() -> str | None:
    """A Python of the Lambda runtime's version, which reads its bytecode, if there is one here."""
    show = "import sys; print('%d.%d' % sys.version_info[:2])"
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    known = (sys.executable, shutil.which(f"python{PYTHON}"),
             *map(str, pyenv.glob(f"versions/{PYTHON}.*/bin/python{PYTHON}")))
    for candidate in known:
        if candidate and _run([candidate, "-c", show], capture_output=True).stdout == f"{PYTHON}\n":
            return candidate
    return None


def layer_code(extra: str, architecture: str, without: Sequence[str] = ()) -> lambda_.Code:
    """The packages of an extra as a layer, installed when cdk.out does not hold it yet."""
    install = PipInstall(pins(extra, without), architecture)
    return lambda_.Code.from_asset(
        str(Path(__file__).parent),  # CDK wants a source folder; the installer does not read it
        asset_hash_type=cdk.AssetHashType.CUSTOM,
        asset_hash=install.fingerprint(),
        bundling=cdk.BundlingOptions(
            image=cdk.DockerImage.from_registry("never-used"), local=install),
    )


@jsii.implements(cdk.ILocalBundling)
class PipInstall:
    """Wheels of the Lambda platform, laid out as a layer. architecture: as Lambda calls it."""

    def __init__(self, requirements: Sequence[str], architecture: str) -> None:
        self.platforms = tuple(f"{platform}_{MACHINES[architecture]}" for platform in PLATFORMS)
        self.requirements = tuple(requirements)
        self.compiler = find_compiler()

    def fingerprint(self) -> str:
        """Changes with whatever changes the layer."""
        parts = (*self.requirements, LOCK.read_text(), PYTHON, *self.platforms, *UNUSED,
                 str(self.compiler is not None))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def try_bundle(self, output_dir: str, *, image: object = None, **_: Any) -> bool:  # noqa: ARG002
        """Called by CDK; True = done, no Docker needed. raises: BundlingError."""
        target = Path(output_dir) / "python"
        self.install(target)
        _strip(target)
        if self.compiler:
            _compile(self.compiler, target, "/opt/python")
        size_bytes = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        if size_bytes > MAX_LAYER_BYTES:
            raise BundlingError(f"{', '.join(self.requirements)}: {size_bytes:,} bytes are more "
                                f"than a layer's {MAX_LAYER_BYTES:,}")
        return True

    def install(self, target: Path) -> None:
        """Download and unpack.

        raises: BundlingError, when pip fails.
        """
        platforms = [f"--platform={platform}" for platform in self.platforms]
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                   "--no-compile", "--only-binary=:all:", f"--python-version={PYTHON}", *platforms,
                   f"--constraint={LOCK}", f"--target={target}", *self.requirements]
        if _run(command).returncode:
            raise BundlingError(f"pip could not install {', '.join(self.requirements)}")


@contextmanager
def _rooms(*rooms: str) -> Iterator[Path]:
    with TemporaryDirectory() as name:
        for room in rooms:
            shutil.copytree(ROOT / room, Path(name, room), ignore=_all_but_python)
        yield Path(name)


def _all_but_python(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__"
            or not (name.endswith(".py") or Path(folder, name).is_dir())]


def _strip(target: Path) -> None:
    for pattern in UNUSED:
        for path in list(target.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _compile(compiler: str, folder: Path, home: str) -> None:
    """Bytecode beside every module, as if it had been compiled at `home`."""
    # Unchecked: CDK resets file times when it zips, which would void bytecode that checks them.
    command = [compiler, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
               "-s", str(folder), "-p", home, str(folder)]
    if _run(command).returncode:
        raise BundlingError(f"{compiler} could not compile {folder}")


def _run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, text=True, **options)  # noqa: S603 - our own words


def _name(requirement: str) -> str:
    return re.split(r"[\s=<>~!;\[]", requirement, maxsplit=1)[0]
