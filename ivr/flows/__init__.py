"""The map of all calls, drawn by playing them: every question, each key, each way to fail."""

from ivr.flows.chart import Edge, FlowMap, Node
from ivr.flows.counts import counts
from ivr.flows.explorer import map_of_calls

__all__ = ["Edge", "FlowMap", "Node", "counts", "map_of_calls"]
