"""Who talks to whom: agents and their presence, the queue, the rounds, and the legs of a talk."""
