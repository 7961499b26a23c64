"""Settings of the property tests in this room."""

from hypothesis import settings

settings.register_profile("model", deadline=None, max_examples=50)  # shared cores
settings.load_profile("model")
