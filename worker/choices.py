"""Keeps a process's settings up with what is changed in the console."""

from ivr.present import EVERY, Present
from ivr.store.session import Store
from worker.clock import Ticker


def keep_up(present: Present, store: Store) -> Ticker:
    """Read the changes now and every few seconds, in a daemon thread that has begun. Use it after a fork."""

    def look() -> bool:
        present.refresh(store)
        return False

    ticker = Ticker("settings", look, every=EVERY)
    ticker.start()
    return ticker
