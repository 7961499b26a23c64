"""One file per family: a window of item vectors -> the user as of each next event.

forward(vectors (B, T, D), ages_s (B, T), types (B, T), last_only) -> (B, T or 1, D). Nothing that
comes later may count, nor padding on the left.
"""
