"""GET /audio/…: the sounds of the line. Fixed ones may be cached for ever, joined ones are one caller's."""

from flask import Blueprint, Response, abort, request, send_file

from audio.library import CONTENT_TYPE, FIXED_CACHE_CONTROL, JOINED_CACHE_CONTROL, Library, UnknownSoundError


def blueprint(library: Library) -> Blueprint:
    """The routes that the carrier fetches sounds from. No names are listed, none can be guessed."""
    routes = Blueprint("sounds", __name__)

    @routes.get("/audio/<name>")
    def fixed(name: str) -> Response:
        try:
            path = library.file(name)
        except UnknownSoundError:
            abort(404)
        answer = send_file(path.absolute(), mimetype=CONTENT_TYPE, conditional=True, etag=path.stem)
        answer.headers["Cache-Control"] = FIXED_CACHE_CONTROL
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
