"""Settings of the property tests in this room."""

from hypothesis import settings

settings.register_profile("domain", deadline=None)  # shared cores: no test may depend on time
settings.load_profile("domain")
