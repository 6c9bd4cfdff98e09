"""The carrier's REST API, 2010-04-01, as far as the line uses it; and the door for telephones beside it."""
