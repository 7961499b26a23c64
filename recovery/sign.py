"""A model of before models were signed, or of another deployment: an operator vouches for it.

docs/upgrading.md says when. It needs `kms:Sign`, which no function but the promoter has.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from domain.artifact import MANIFEST, UNSIGNED, verify
from functions.event_log import MANY
from functions.notary import Notary
from functions.registry import Registry, RegistryError
from functions.shelf import Shelf
from recovery.report import Report
from recovery.stack import Stack


class SignError(Exception):
    """There is nothing to sign, or nothing to sign it with."""


def sign(stack: Stack, chosen: str, report: Report) -> None:
    """Sign a promoted model whose files are whole. chosen: its version; empty = what serves.

    raises: SignError; ArtifactError, when a file is not what the manifest says; a `WorldError`.
    """
    if stack.signing_key == UNSIGNED:
        raise SignError("this deployment asks for no signature: signed_models is false")
    registry, shelf = Registry(stack.models_table), Shelf(stack.bucket_name, config=MANY)
    pointer = registry.current()
    version = chosen or (pointer[0] if pointer else "")
    try:
        registry.promoted(version)
    except RegistryError as error:
        raise SignError(f"{version or 'nothing'} is no promoted model") from error
    with TemporaryDirectory() as scratch:
        for _ in shelf.fetch_model(version, Path(scratch)):
            pass
        if verify(Path(scratch)) != version:
            raise SignError(f"what lies under {version} is another version")
        manifest = Path(scratch, MANIFEST).read_bytes()
    Shelf(stack.bucket_name, config=MANY, notary=Notary.of(stack.signing_key)).sign_model(
        version, manifest)
    report.counts["models signed"] += 1
