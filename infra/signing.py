"""The key that models are signed with: the promoter signs, whoever loads a model asks.

Its private half never leaves KMS. Who may write to the bucket and to the table of models, and may
not sign, ships no model. cost: a key by the month, a request for each model a copy loads.
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from domain.artifact import UNSIGNED
from infra.deployment import Deployment


class Signing(Construct):
    """The key, where `signed_models` asks for one; it lives as long as the models it signed.

    key_name: as functions are told.
    """

    def __init__(self, scope: Construct, id_: str, *, deployment: Deployment) -> None:
        super().__init__(scope, id_)
        self._key = kms.Key(
            self, "Key", key_spec=kms.KeySpec.ECC_NIST_P256, key_usage=kms.KeyUsage.SIGN_VERIFY,
            description=f"{deployment.name}: signs models",
            removal_policy=(cdk.RemovalPolicy.RETAIN if deployment.retain_data
                            else cdk.RemovalPolicy.DESTROY),
        ) if deployment.signed_models else None
        self.key_name = self._key.key_arn if self._key else UNSIGNED

    def let_sign(self, grantee: iam.IGrantable) -> None:
        """Vouch for a model: for the promoter alone."""
        self._let(grantee, "kms:Sign")

    def let_check(self, grantee: iam.IGrantable) -> None:
        """Ask whether a model was signed."""
        self._let(grantee, "kms:Verify")

    def _let(self, grantee: iam.IGrantable, action: str) -> None:
        if self._key:
            iam.Grant.add_to_principal(
                grantee=grantee, actions=[action], resource_arns=[self._key.key_arn])
