"""Benchmarks: they time, tests never do. `python -m benchmarks` prints the tables; nothing here is imported by the product."""
