"""How fast what everybody does fades, by the names that callers give it."""

HALF_LIVES_MS = {"1h": 3_600_000, "24h": 24 * 3_600_000, "7d": 7 * 24 * 3_600_000}
