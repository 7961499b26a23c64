"""What a month costs, computed: list prices times what `bench.folding` measured. Not an AWS bill.

python -m bench.cost
"""

import math
from dataclasses import dataclass

# USD, us-east-1, list, before any free tier.
# source: AWS, pricing pages of API Gateway, Lambda, Kinesis Data Streams, DynamoDB, S3, CloudWatch
# and SageMaker.
API_CALL = 3.50e-6  # REST, first 333 million
LAMBDA_CALL = 0.20e-6
LAMBDA_GB_S = 0.0000133334  # arm64
SHARD_MONTH = 0.015 * 730
PUT_UNIT = 0.014e-6  # 25 KB
WRITE_UNIT, READ_UNIT = 0.625e-6, 0.125e-6
S3_PUT, S3_GB_MONTH = 5e-6, 0.023
LOG_GB = 0.50
ALARM_METRIC, COMPOSITE_ALARM, CUSTOM_METRIC, DASHBOARD = 0.10, 0.50, 0.30, 3.00  # a month
TRAINING_H = 1.408  # ml.g5.xlarge on demand; spot is cheaper

EVENTS_PER_CALL = 10
USER_WRITE_UNITS, PAGE_WRITE_UNITS, LOG_BYTES = 0.15, 0.0186, 10.6  # per event, bench.folding
LOG_LINE_BYTES = 400  # one metrics line per call
MINUTES = 43_800  # of a month
INGEST_GB_S = 0.25 * 0.010  # 256 MB for 10 ms
UPDATE_GB_S = 0.5 * 0.3 / 100  # 512 MB, 300 ms per 100 records. source: assumed
RECOMMEND_GB_S = 1.769 * 0.015  # one vCPU for 15 ms
SHARD_CALLS_PER_S = 1000
DAY_PEAK = 3.0  # busiest hour over the mean
SECONDS = 2_628_000
DAILY_TRAINING_H = 0.25
LOG_MONTHS = 12
# tests/infra/test_alarms.py counts them in the template; an alarm is billed for each of its metrics
ALARM_METRICS, PROMISES, OWN_METRICS = 66, 4, 19
PROBE_GB_S = 0.25 * 2.0  # 256 MB for 2 s. source: assumed
PROBE_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Month:
    """Millions of events and of recommendation lists, and the parts of the bill in USD."""

    events_m: float
    lists_m: float

    def events(self) -> float:
        """From the API call to features and log."""
        calls = self.events_m * 1e6 / EVENTS_PER_CALL
        shards = max(1, math.ceil(calls / SECONDS * DAY_PEAK / SHARD_CALLS_PER_S))
        per_call = (API_CALL + LAMBDA_CALL + INGEST_GB_S * LAMBDA_GB_S + PUT_UNIT
                    + 1.5 * READ_UNIT + UPDATE_GB_S * LAMBDA_GB_S + LOG_LINE_BYTES / 1e9 * LOG_GB)
        per_event = (USER_WRITE_UNITS + PAGE_WRITE_UNITS) * WRITE_UNIT
        stored_gb = self.events_m * 1e6 * LOG_BYTES * LOG_MONTHS / 1e9
        return (calls * per_call + self.events_m * 1e6 * per_event + shards * SHARD_MONTH
                + stored_gb * S3_GB_MONTH + shards * MINUTES * (S3_PUT + LAMBDA_CALL))

    def lists(self) -> float:
        """From the API call to the answer."""
        per_list = (API_CALL + LAMBDA_CALL + RECOMMEND_GB_S * LAMBDA_GB_S + 0.5 * READ_UNIT
                    + LOG_LINE_BYTES / 1e9 * LOG_GB)
        return self.lists_m * 1e6 * per_list

    def fixed(self) -> float:
        """A daily training of a quarter of an hour, roll-ups, the probe, alarms."""
        training = 30 * DAILY_TRAINING_H * TRAINING_H
        roll_ups = 2 * MINUTES * (LAMBDA_CALL + 0.5 * LAMBDA_GB_S + S3_PUT)
        probe = MINUTES / PROBE_MINUTES * (2 * LAMBDA_CALL + PROBE_GB_S * LAMBDA_GB_S)
        watching = (ALARM_METRICS * ALARM_METRIC + PROMISES * COMPOSITE_ALARM
                    + OWN_METRICS * CUSTOM_METRIC + DASHBOARD)
        return training + roll_ups + probe + watching


def main() -> None:
    """The table of the README."""
    print("| a month | events | lists | training, roll-ups, probe, alarms | total |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for millions in (1, 100, 10_000):
        month = Month(millions, millions)
        parts = (month.events(), month.lists(), month.fixed())
        print(f"| {millions:,}M events, {millions:,}M lists | "
              + " | ".join(f"${part:,.0f}" for part in (*parts, sum(parts))) + " |")


if __name__ == "__main__":
    main()
