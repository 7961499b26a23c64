"""What is kept: four tables and one bucket, laid out as `domain.layout` says.

Grants name their actions one by one: CDK's own bucket grants hold wildcards.
"""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from domain import layout
from infra.deployment import Deployment
from infra.log import make_log_group

PARKED_DAYS = 90
STAGING_DAYS = 14
UNDO_DAYS = 7  # how long an overwritten or deleted object can be brought back
EMPTIER = "Custom::S3AutoDeleteObjectsCustomResourceProvider"  # as CDK names it
EXPORT_DAYS = 7  # how long what was gathered for somebody can be fetched
ROLL_UP_UNDO_DAYS = 1  # rewritten every minute; S3 keeps no shorter


class Storage(Construct):
    """The tables and the bucket; they outlive the stack unless `retain_data` is off."""

    def __init__(self, scope: Construct, id_: str, *, deployment: Deployment) -> None:
        super().__init__(scope, id_)
        self._retain = deployment.retain_data
        self._removal = (cdk.RemovalPolicy.RETAIN if deployment.retain_data
                         else cdk.RemovalPolicy.DESTROY)
        self.users = self._table("Users", layout.USERS)
        self.items = self._table("Items", layout.ITEMS)
        self.pages = self._table("Pages", layout.PAGES)
        self.models = self._table("Models", layout.MODELS)
        self.bucket = self._bucket(deployment.event_log_days)
        if not deployment.retain_data:
            _tidy_log_of_emptier(self, deployment.log_days)

    def grant(self, grantee: iam.IGrantable, table: dynamodb.Table, *operations: str) -> None:
        """Call DynamoDB operations of a table, without its index."""
        _allow(grantee, [f"dynamodb:{name}" for name in operations], table.table_arn)

    def grant_counts(self, grantee: iam.IGrantable) -> None:
        """Count what a rollout is like, and nothing else of the table of models.

        source: AWS, "Using IAM policy conditions for fine-grained access control" (DynamoDB).
        """
        iam.Grant.add_to_principal(
            grantee=grantee, actions=["dynamodb:UpdateItem"],
            resource_arns=[self.models.table_arn],
            conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [layout.COUNTS]}})

    def grant_changes(self, grantee: iam.IGrantable) -> None:
        """Query what changed in the catalogue."""
        assert layout.ITEMS.index is not None
        index_arn = f"{self.items.table_arn}/index/{layout.ITEMS.index.name}"
        _allow(grantee, ["dynamodb:Query"], index_arn)

    def grant_read(self, grantee: iam.IGrantable, *keys: str) -> None:
        """Read objects, or all below a prefix that ends in /."""
        _allow(grantee, ["s3:GetObject"], *self._arns(keys))

    def grant_look(self, grantee: iam.IGrantable, *keys: str) -> None:
        """Read objects that may not be there yet, and learn that one is missing."""
        self.grant_read(grantee, *keys)
        self.grant_list(grantee)

    def grant_list(self, grantee: iam.IGrantable) -> None:
        """See which keys there are.

        Without it a missing key answers 403, not 404, and a roll-up that was never made could not
        be told from a wrong policy. source: AWS, "GetObject" (S3 API).
        """
        _allow(grantee, ["s3:ListBucket"], self.bucket.bucket_arn)

    def grant_write(self, grantee: iam.IGrantable, *keys: str) -> None:
        """Put objects, or any below a prefix that ends in /; what they were before stays."""
        _allow(grantee, ["s3:PutObject"], *self._arns(keys))

    def grant_purge(self, grantee: iam.IGrantable, *keys: str) -> None:
        """Delete versions of objects for good, which nobody can bring back.

        source: AWS, "Deleting object versions from a versioning-enabled bucket".
        """
        self.grant_forget(grantee, *keys)
        _allow(grantee, ["s3:ListBucketVersions"], self.bucket.bucket_arn)

    def grant_forget(self, grantee: iam.IGrantable, *keys: str) -> None:
        """Delete versions of objects for good that were just replaced, and are known."""
        _allow(grantee, ["s3:DeleteObjectVersion"], *self._arns(keys))

    def _arns(self, keys: tuple[str, ...]) -> list[str]:
        return [self.bucket.arn_for_objects(key + "*" if key.endswith("/") else key)
                for key in keys]

    def _table(self, id_: str, table: layout.Table) -> dynamodb.Table:
        text = dynamodb.AttributeType.STRING
        made = dynamodb.Table(
            self, id_,
            partition_key=_key(table.partition_key, text),
            sort_key=_key(table.sort_key, text) if table.sort_key else None,
            time_to_live_attribute=table.ttl or None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.DEFAULT,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True),
            deletion_protection=self._retain,
            removal_policy=self._removal,
        )
        if table.index:
            made.add_global_secondary_index(
                index_name=table.index.name,
                partition_key=_key(table.index.partition_key, dynamodb.AttributeType.NUMBER),
                sort_key=_key(table.index.sort_key, dynamodb.AttributeType.NUMBER))
        return made

    def _bucket(self, event_log_days: int) -> s3.Bucket:
        return s3.Bucket(
            self, "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            removal_policy=self._removal,
            auto_delete_objects=not self._retain,
            lifecycle_rules=[
                _expire("EventLog", layout.EVENT_LOG, event_log_days),
                _expire("Quarantine", layout.QUARANTINE, PARKED_DAYS),
                _expire("Parked", layout.PARKED, PARKED_DAYS),
                _expire("Batches", layout.BATCHES, layout.BATCH_DAYS),
                _expire("Staging", layout.STAGING, STAGING_DAYS),
                _undo("Models", layout.MODELS_PREFIX, UNDO_DAYS),
                _undo("Trends", layout.TRENDS, ROLL_UP_UNDO_DAYS),
                _undo("Erasures", layout.ERASURES, UNDO_DAYS),
                _undo("Receipts", layout.RECEIPTS, UNDO_DAYS),
                _expire("Exports", layout.EXPORTS, EXPORT_DAYS),
                _undo("Sweep", layout.SWEEP_KEY, ROLL_UP_UNDO_DAYS),
                _undo("Forgotten", layout.FORGOTTEN_KEY, ROLL_UP_UNDO_DAYS),
                _undo("Catalog", layout.CATALOG_KEY, ROLL_UP_UNDO_DAYS),
                s3.LifecycleRule(
                    id="Leftovers", expired_object_delete_marker=True,
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1)),
            ],
        )


def _tidy_log_of_emptier(scope: Construct, days: int) -> None:
    """Give CDK's function that empties a bucket a log that goes with the stack.

    It would write to one that Lambda makes by itself, which nobody deletes and nothing expires.
    """
    provider = cdk.Stack.of(scope).node.find_child(EMPTIER)
    handler = provider.node.find_child("Handler")
    assert isinstance(handler, cdk.CfnResource)
    log_group = make_log_group(scope, "EmptierLog", days)
    handler.add_property_override("LoggingConfig.LogGroup", log_group.log_group_name)


def _allow(grantee: iam.IGrantable, actions: list[str], *arns: str) -> None:
    iam.Grant.add_to_principal(grantee=grantee, actions=actions, resource_arns=list(arns))


def _key(name: str, type_: dynamodb.AttributeType) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=type_)


def _expire(id_: str, prefix: str, days: int) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id=id_, prefix=prefix, expiration=cdk.Duration.days(days),
        noncurrent_version_expiration=cdk.Duration.days(UNDO_DAYS))


def _undo(id_: str, prefix: str, days: int) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id=id_, prefix=prefix, noncurrent_version_expiration=cdk.Duration.days(days))
