"""Thousands of calls to a real server by the simulated carrier: ``python -m tests.soak --calls 5000``."""
