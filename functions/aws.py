"""How every AWS client of ours behaves: short timeouts, few retries, so that a Lambda decides."""

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# A healthy call ends within 20 ms. In the background somebody tries again anyway.
CONFIG = Config(connect_timeout=1, read_timeout=5,
                retries={"mode": "standard", "total_max_attempts": 4})
# Where a caller waits: 4 s at most with the pause between the tries, so that the seven calls that
# one list can take end within API Gateway's 29 s though every one of them hangs.
PROMPT = Config(connect_timeout=1, read_timeout=1.5,
                retries={"mode": "standard", "total_max_attempts": 2})

# The world is wrong: throttled, timed out, unreachable. Who catches these reports or falls back.
WorldError = (BotoCoreError, ClientError, Boto3Error)
