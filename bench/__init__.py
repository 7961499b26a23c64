"""What we claim, measured: each file prints one measurement as JSON, `python -m bench` runs all.

Times are CPU milliseconds of one thread, medians of interleaved runs, and stand beside a physical
limit or a peer of the same run: on shared machines the ratios hold, the milliseconds do not.
"""
