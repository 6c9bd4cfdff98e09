"""GET /audio/…: the sounds of the line. Fixed ones may be cached for ever, joined ones are one caller's."""

from pathlib import Path

from flask import Blueprint, Response, abort, request, send_file

from audio import wav
from audio.library import CONTENT_TYPE, FIXED_CACHE_CONTROL, JOINED_CACHE_CONTROL, Library, UnknownSoundError

#: Seconds of a sound that is repeated: five minutes are far more than anybody waits without a word.
LONGEST = 300


def blueprint(library: Library) -> Blueprint:
    """The routes that the carrier fetches sounds from. No names are listed, none can be guessed.

    ``?seconds=`` of a fixed one: exactly so long, repeated or cut; that is how music fills a wait.
    """
    routes = Blueprint("sounds", __name__)

    @routes.get("/audio/<name>")
    def fixed(name: str) -> Response:
        try:
            path = library.file(name)
        except UnknownSoundError:
            abort(404)
        if "seconds" in request.args:
            return lasting(path, request.args.get("seconds", type=int) or 0)
        answer = send_file(path.absolute(), mimetype=CONTENT_TYPE, conditional=True, etag=path.stem)
        answer.headers["Cache-Control"] = FIXED_CACHE_CONTROL
        return answer

    def lasting(path: Path, seconds: int) -> Response:
        if not 1 <= seconds <= LONGEST:
            abort(404)
        answer = Response(wav.lasting(path.read_bytes(), seconds), mimetype=CONTENT_TYPE)
        answer.headers["Cache-Control"] = FIXED_CACHE_CONTROL
        answer.set_etag(f"{path.stem}-{seconds}")
        answer.make_conditional(request)
        return answer

    @routes.get("/audio/joined/<token>.wav")
    def joined(token: str) -> Response:
        try:
            sound = library.joined(token)
        except UnknownSoundError:
            abort(404)
        answer = Response(sound, mimetype=CONTENT_TYPE)
        answer.headers["Cache-Control"] = JOINED_CACHE_CONTROL
        answer.set_etag(token[-32:])
        answer.make_conditional(request)
        return answer

    return routes
