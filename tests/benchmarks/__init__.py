"""Benchmarks, by ``make bench``: ratios are printed, no time is asserted."""
