"""Settings of the property tests in this room."""

import os

from hypothesis import settings

# Shared cores: no test may depend on time. Where coverage is traced, few examples, always the same.
settings.register_profile("domain", deadline=None)
settings.register_profile("traced", deadline=None, derandomize=True,
                          max_examples=int(os.environ.get("EXAMPLES", "20")))
settings.load_profile("traced" if "EXAMPLES" in os.environ else "domain")
