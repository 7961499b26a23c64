"""What was lost online, made again of what the bucket holds: an operator's commands.

Imports domain and the nouns of functions, so that what is rebuilt is folded and written by the code
that wrote it first. Runs where the operator's AWS credentials are; nothing imports it.
"""
