"""The simulated carrier as a Flask blueprint: its REST API, and endpoints that telephones are driven by."""

from flask import Blueprint

from ivr.simulator import phone_api
from ivr.simulator.carrier import SimulatedCarrier
from ivr.simulator.rest import calls, conferences, messages, numbers, queues, recordings
from ivr.simulator.rest.gateway import Gateway


def simulator_blueprint(carrier: SimulatedCarrier) -> Blueprint:
    """REST under `/2010-04-01/...` and telephones under `/phone/...`; mount it at any prefix.

    The telephones' endpoints ask for no credentials: for a demonstration on loopback only.
    """
    blueprint = Blueprint("simulated_carrier", __name__)
    gateway = Gateway(carrier, blueprint)
    for resource in (calls, messages, queues, conferences, recordings, numbers):
        resource.register(gateway)
    phone_api.register(carrier, blueprint)
    return blueprint
