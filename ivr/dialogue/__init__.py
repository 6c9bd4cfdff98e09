"""What a call can say and do: turns, steps, and the engine that joins them. No XML, no Flask."""
