"""Presses keys at a server as fast as it answers: keep-alive connections, a thread for each."""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator


@dataclass(frozen=True)
class Post:
    """A signed request, put together before anything is measured."""

    path: str
    body: bytes
    signature: str


def signed(public_url: str, token: str, path: str, form: dict[str, str]) -> Post:
    """The request as the carrier would send it."""
    signature = RequestValidator(token).compute_signature(public_url + path, form)
    return Post(path, urlencode(form).encode(), signature)


def requests_per_second(base: str, posts: Sequence[Post], threads: int) -> float:
    """How many requests a second the server answers, each with 200: any other answer ends the benchmark."""
    return answered(base, posts, threads)[0]


def answered(base: str, posts: Sequence[Post], threads: int, status: int = 200) -> tuple[float, list[str]]:
    """That figure, and what was answered to each."""
    parts = urlsplit(base)
    shares = [range(n, len(posts), threads) for n in range(threads)]
    wrong: list[str] = []
    answers = [""] * len(posts)

    def press(share: Sequence[int]) -> None:
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 80, timeout=30)
        for place in share:
            post = posts[place]
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": post.signature,
            }
            connection.request("POST", post.path, post.body, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != status:
                wrong.append(f"{post.path}: {answer.status} {text[:200]!r}")
                return
            answers[place] = text.decode()
        connection.close()

    workers = [threading.Thread(target=press, args=(share,)) for share in shares]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    took = time.perf_counter() - started
    if wrong:
        raise SystemExit(wrong[0])
    return len(posts) / took, answers
