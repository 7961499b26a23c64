"""Which requests are followed: all of their steps are written down, whoever takes the step.

By a hash of the request's id, so that every function decides alike without being told, and what is
followed is followed whole. Chance in each function would leave pieces.
"""

from domain.key import event_hash

TAGS = 2**32  # as many as `event_hash` has


def is_followed(request_id: str, share: float) -> bool:
    """Is this one of the share (0 to 1) of requests that are followed?"""
    return event_hash(request_id) < share * TAGS
