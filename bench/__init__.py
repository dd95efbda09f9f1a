"""Benchmarks: each measures ratios to a limit or a peer, both in one run on one machine.

`make bench` prints every table; `python -m bench cold_start` prints one. Absolute times say little on a shared machine,
so none is asserted anywhere.
"""
