"""How the REST API says no."""


class RestError(Exception):
    """An HTTP status and the carrier's own error code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def payload(self) -> dict[str, object]:
        """The body, in the carrier's shape."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def missing(what: str) -> RestError:
    """404 with error 20404."""
    return RestError(404, 20404, f"the requested resource {what} was not found")


def not_in_progress(what: str) -> RestError:
    """400 with error 21220: the call is over, or has not been answered."""
    return RestError(400, 21220, f"call {what} is not in-progress: cannot redirect or end it")
