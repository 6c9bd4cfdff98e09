"""The carrier as the tests know it: its published facts, an oracle over them, and a mock of its REST API."""
