"""The edge to the carrier: signatures, TwiML, webhooks, REST calls, recordings."""
