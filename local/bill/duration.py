"""What Lambda would bill of an invocation: played, since nothing ran there.

CPU milliseconds are those of the machine that metered (x86-64, one core), stretched where a
function's memory buys less than one (`infra.limits.VCPU_MB`). arm64 may be faster or slower. What a
function waits for is assumed, and no start is in it.
"""

from collections.abc import Mapping

from infra.limits import VCPU_MB

# A call's way to the service and back. source: AWS, "Troubleshoot high latency on DynamoDB": single
# digits; AWS, "Best practices design patterns: optimizing Amazon S3 performance": 100 to 200 for
# small objects; of Kinesis AWS says nothing: assumed. Rows that are asked for together are read in
# parallel (AWS, "BatchGetItem"): waited for once.
WAITED_MS = {"dynamodb": 5.0, "kinesis": 10.0, "s3": 100.0}


def billed_ms(used: Mapping[str, float], memory_mb: int) -> float:
    """Milliseconds of all invocations that used so much."""
    stretched = used.get("cpu_ms", 0.0) * max(1.0, VCPU_MB / memory_mb)
    return stretched + sum(used.get(service, 0.0) * ms for service, ms in WAITED_MS.items())


def gb_s(used: Mapping[str, float], memory_mb: int) -> float:
    """Gigabyte-seconds of them."""
    return billed_ms(used, memory_mb) / 1000 * memory_mb / 1024
