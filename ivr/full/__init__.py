"""The production shape on one machine without a container engine: what `make run-full` starts.

PostgreSQL and Redis come from wheels (the extra ``full``); the web processes, the worker and the simulated
carrier are processes of their own that know each other by HTTP, the database and the broker only. Nothing of
the line knows that its carrier is a pretended one. Everything listens on loopback.
"""
