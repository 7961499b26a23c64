"""What runs inside the emulator's own interpreter: MiniStack, and what it lacks.

The rest of the repository imports nothing of this but the list. Each part names what it replaces,
and `tests/rehearsal/emulator` holds a contract for it, which fails when an upgrade makes it wrong
or needless.
"""

# As they are installed: what a later one wraps, an earlier one may have made.
PARTS = ("runtime", "mappings", "sagemaker", "roles", "targets", "http_api", "callers", "tls",
         "alarms", "buckets", "firewall", "buses")
