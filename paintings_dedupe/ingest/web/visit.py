"""Limit the addresses and the time of one download."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token

from paintings_dedupe.common.web.addresses import AddressRule


class Visit:
    """One download in one thread, from its first request to its last byte.

    While its block is open, connections of the thread find it with `current_visit`. At the end of
    its time, the connection in use is closed, whatever waits for it, because requests itself only
    limits the wait for a single byte.

    Attributes
    ----------
    rule
        Which addresses may be connected to.
    seconds
        The time limit.
    is_over
        Whether it took longer.
    is_unanswered
        Whether the last block of `answer_within` took longer.
    """

    def __init__(self, rule: AddressRule, seconds: float) -> None:
        self.rule = rule
        self.seconds = seconds
        self.is_over = False
        self.is_unanswered = False
        self._end = time.monotonic() + seconds
        self._timer = self._new_timer(seconds)
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._token: Token[Visit] | None = None

    @property
    def left(self) -> float:
        """The seconds until its end."""
        return max(0.0, self._end - time.monotonic())

    def uses(self, connection: socket.socket | None) -> None:
        """Remember the connection to close at the end: the current one, or None."""
        with self._lock:
            self._socket = connection
            if self.is_over:
                self._shut()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock while the block is open."""
        self._timer.cancel()
        left = self.left
        try:
            yield
        finally:
            self._end = time.monotonic() + left
            self._timer = self._new_timer(left)
            self._timer.start()

    def _new_timer(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        return timer

    @contextmanager
    def answer_within(self, seconds: float) -> Iterator[None]:
        """Also close the connection if the block takes longer: headers may drip for ever."""
        self.is_unanswered = False
        timer = threading.Timer(seconds, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        with self._lock:
            self.is_unanswered = True
            self._shut()

    def _cut(self) -> None:
        with self._lock:
            self.is_over = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            # Without the closing handshake of TLS, which would wait.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def __enter__(self) -> Visit:
        self._token = _CURRENT.set(self)
        self._timer.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._timer.cancel()
        self.uses(None)
        if self._token is not None:
            _CURRENT.reset(self._token)


_CURRENT: ContextVar[Visit] = ContextVar("visit")


def current_visit() -> Visit:
    """The visit of the current thread.

    Raises
    ------
    LookupError
        Outside a visit, where no connection is allowed.
    """
    return _CURRENT.get()
