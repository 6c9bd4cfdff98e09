"""A pretend Twilio: it interprets TwiML, serves the REST API and holds the telephones. See `carrier.py`."""
