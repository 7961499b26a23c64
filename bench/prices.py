"""What AWS asks: USD, us-east-1, list, without any free tier, as of November 2026.

source: AWS, pricing pages of API Gateway, Lambda, Kinesis Data Streams, DynamoDB, S3, CloudWatch,
EventBridge, WAF, KMS, Secrets Manager and SageMaker.
"""

import math

HOURS = 730  # of a month, as AWS counts

Tiers = tuple[tuple[float, float], ...]  # (calls of a month, up to; USD for each of them)

# source: AWS, "Amazon API Gateway pricing", and in text "Best Practices for Designing Amazon API
# Gateway Private APIs and Private Integration", table 4.
REST_CALLS: Tiers = ((333e6, 3.50e-6), (1e9, 2.80e-6), (20e9, 2.38e-6), (math.inf, 1.51e-6))
HTTP_CALLS: Tiers = ((300e6, 1.00e-6), (math.inf, 0.90e-6))
LAMBDA_CALL = 0.20e-6
LAMBDA_GB_S = 0.0000133334  # arm64
SNAPSHOT_GB_S = 0.0000015046  # a published version that is kept ready to start
SCHEDULED_CALL = 1.00e-6

SHARD_MONTH = 0.015 * HOURS
KEPT_SHARD_MONTH = 0.020 * HOURS  # more, where records are kept for longer than a day
PUT_UNIT = 0.014e-6  # 25 KB
ON_DEMAND_MONTH = 0.04 * HOURS
ON_DEMAND_IN_GB, ON_DEMAND_OUT_GB = 0.08, 0.04  # a record is rounded up to 1 KB
ON_DEMAND_KEPT_GB_MONTH = 0.10  # what is kept for longer than a day

WRITE_UNIT, READ_UNIT = 0.625e-6, 0.125e-6
S3_PUT, S3_GB_MONTH = 5e-6, 0.023
LOG_GB = 0.50

# A month each. An alarm is billed for every metric that it looks at.
ALARM_METRIC, COMPOSITE_ALARM, CUSTOM_METRIC, DASHBOARD = 0.10, 0.50, 0.30, 3.00
WEB_ACL, WEB_ACL_RULE = 5.00, 1.00
KEY, SECRET = 1.00, 0.40
WEB_ACL_CALL = 0.60e-6

# What CloudWatch gives an account once, for ever. source: AWS, "Amazon CloudWatch pricing".
FREE_MONTH = 10 * ALARM_METRIC + 10 * CUSTOM_METRIC + DASHBOARD

# On demand, an hour; spot is cheaper.
TRAINING_H = {"ml.g4dn.xlarge": 0.736, "ml.g5.xlarge": 1.408, "ml.g6.xlarge": 1.127}


def of_calls(tiers: Tiers, calls: float) -> float:
    """USD for so many calls of an API in a month, as if the account had no other."""
    begins = (0.0, *(end for end, _ in tiers[:-1]))
    return sum(max(0.0, min(calls, end) - begin) * usd
               for begin, (end, usd) in zip(begins, tiers, strict=True))
