"""The whole life of a case, played on a line of its own without a hand on it, and told: `ivr tour`."""
