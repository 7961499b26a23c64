"""The event path under faults: thousands of seeded runs, each compared with one that nothing hit.

May import local, whose pump, mapping and template it drives; nothing imports it but tests.
"""
