"""Tags of a bucket, which MiniStack's CloudFormation drops.

CDK empties a bucket before it deletes it only where a tag says that it may.
"""

from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners


def install() -> None:
    """Put the tags of the template on the bucket."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    create = handlers["create"]

    def tagged(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        made = create(logical_id, properties, stack)
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
        if tags:
            s3._bucket_tags[made[0]] = tags
        return made

    handlers["create"] = tagged
