"""What the tests ask the carrier's published facts.

    check_twiml(response.data, Context.QUEUE_WAIT)      # would the carrier execute it as written?
    check_house_rules(response.data)                    # does it keep the line's own contract?
    check_rest("POST", request.path, request.form)      # would the REST API accept it?

All three raise `CarrierRefuses`. The facts: `twiml.json` and `rest.json`, derived from the carrier's own
generated files by `derive.py`, and `limits.py` from its documentation pages.
"""

from tests.carrier.documents import Context, check_twiml
from tests.carrier.house import check_house_rules
from tests.carrier.rest import Request, check_rest
from tests.carrier.values import CarrierRefuses

__all__ = ["CarrierRefuses", "Context", "Request", "check_house_rules", "check_rest", "check_twiml"]
