"""KMS: signs what the promoter verified, and tells whether it did: docs/decisions/0031.

Who may write to the bucket and to the table of models, and may not sign, ships no model.
"""

import hashlib
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from domain.artifact import SIGNATURE, UNSIGNED, ArtifactError
from functions.aws import CONFIG, Patience, kms

if TYPE_CHECKING:
    from botocore.session import Session

ALGORITHM = "ECDSA_SHA_256"
MAX_BYTES = 72  # of a signature over P-256: two integers of 33 bytes in DER. source: RFC 3279
# What `Verify` raises for a signature that another key made, or over something else.
# source: AWS, "Verify" (KMS API).
INVALID = "KMSInvalidSignatureException"


class Notary:
    """One key of KMS, of which nobody has the private half; asked only when it must be.

    among: the session of its client, as of `aws.dynamodb`.
    """

    def __init__(
        self, key: str, client: Any = None, config: Patience = CONFIG,
        among: "Session | None" = None,
    ) -> None:
        self._key, self._opened, self._config, self._among = key, client, config, among

    @classmethod
    def of(
        cls, key: str, client: Any = None, config: Patience = CONFIG,
        among: "Session | None" = None,
    ) -> Self | None:
        """Whoever signs with this key; None where models are not signed."""
        return None if key == UNSIGNED else cls(key, client, config, among)

    def sign(self, manifest: bytes) -> bytes:
        """The signature of a manifest. raises: a `WorldError`."""
        answer = self._client.sign(KeyId=self._key, Message=_said_of(manifest), MessageType="RAW",
                                   SigningAlgorithm=ALGORITHM)
        return bytes(answer["Signature"])

    def check(self, manifest: bytes, signature: bytes | None) -> None:
        """Did this key sign that manifest?

        raises: ArtifactError, when it did not; a `WorldError`, when nobody can say.
        """
        if signature is None:
            raise ArtifactError(f"{SIGNATURE} is missing: nobody signed this model")
        if not 0 < len(signature) <= MAX_BYTES or not self._is_ours(manifest, signature):
            raise ArtifactError(f"{SIGNATURE} is not of this deployment's key over this manifest")

    def close(self) -> None:
        """End its connections; the next call opens others."""
        if self._opened:
            self._opened.close()

    def _is_ours(self, manifest: bytes, signature: bytes) -> bool:
        try:
            answer = self._client.verify(
                KeyId=self._key, Message=_said_of(manifest), MessageType="RAW",
                Signature=signature, SigningAlgorithm=ALGORITHM)
        except ClientError as error:
            if error.response["Error"]["Code"] == INVALID:
                return False
            raise
        return bool(answer["SignatureValid"])

    @property
    def _client(self) -> Any:
        # Not at start: a copy that finds its model open, or has none to open, asks for nothing.
        self._opened = self._opened or kms(self._config, self._among)
        return self._opened


def _said_of(manifest: bytes) -> bytes:
    """What is signed: a sentence about the manifest, so that no other use of the key says it."""
    return b"headwater model manifest sha256:" + hashlib.sha256(manifest).hexdigest().encode()
