"""The least honest work that a webhook can be: signature, one row read for update and updated, one commit.

Raw psycopg, no ORM, the same bytes out. ``bare`` is a Flask route that does nothing at all.
"""

import psycopg_pool
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator


def create_app(url: str, public_url: str, token: str, answer: str, threads: int) -> Flask:
    """Two routes on one application."""
    app = Flask("floor")
    validator = RequestValidator(token)
    pool = psycopg_pool.ConnectionPool(url, min_size=threads, max_size=threads, open=True)

    @app.post("/floor")
    def floor() -> Response:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(f"{public_url}/floor", request.form, signature):
            return Response(status=403)
        sid = request.form["CallSid"]
        with pool.connection() as connection:
            row = connection.execute("SELECT n FROM floor WHERE sid = %s FOR UPDATE", [sid]).fetchone()
            assert row is not None
            connection.execute("UPDATE floor SET n = %s WHERE sid = %s", [row[0] + 1, sid])
        return Response(answer, content_type="text/xml; charset=utf-8")

    @app.post("/bare")
    def bare() -> Response:
        return Response(answer, content_type="text/xml; charset=utf-8")

    return app
