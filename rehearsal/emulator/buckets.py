"""Two things that S3 does and MiniStack does not.

A template's tags reach the bucket: CDK empties a bucket before it deletes it only where a tag says
that it may. A missing object is missing only to callers that may list the bucket; to others it is
forbidden. source: AWS, "GetObject" (S3 API).
"""

from collections.abc import Callable
from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from rehearsal.emulator.permissions import caller_may


def install() -> None:
    """Keep tags, and hide what is missing."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    handlers["create"] = _tagged(handlers["create"])
    s3._get_object, s3._head_object = _hiding(s3._get_object), _hiding(s3._head_object)


def _tagged(create: Callable[..., Any]) -> Callable[..., Any]:
    def tagged(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        made = create(logical_id, properties, stack)
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
        if tags:
            s3._bucket_tags[made[0]] = tags
        return made

    return tagged


def _hiding(get: Callable[..., Any]) -> Callable[..., Any]:
    def hiding(bucket: str, key: str, *of: Any, **options: Any) -> Any:
        answer = get(bucket, key, *of, **options)
        if answer[0] == 404 and not caller_may("s3:ListBucket", f"arn:aws:s3:::{bucket}"):
            return s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}/{key}")
        return answer

    return hiding
