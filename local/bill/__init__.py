"""What the deployment would cost on AWS: counted in the local cloud, multiplied by one price list.

Not an AWS bill: nothing here was measured there. What is counted: calls, units, bytes, lines. What
is played: the times of Lambda, see `duration`.
"""
