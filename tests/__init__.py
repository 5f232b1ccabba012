"""Tests of the suite's own code. The theorems are tried by ``pytest checks/``, not here."""
