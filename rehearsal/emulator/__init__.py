"""What runs inside the emulator's own interpreter: MiniStack, and what it lacks.

Nothing here is imported by the rest of the repository. Each patch names what it replaces, and
`tests/rehearsal` holds a contract for it, which fails when an upgrade makes it wrong or needless.
"""
