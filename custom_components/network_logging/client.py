"""Access to the program: the local API by HTTP, or its command line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
import json
from typing import Any, Protocol

import aiohttp
from yarl import URL

from .document import StateDocument, parse
from .errors import AuthError, Busy, ConnectionFailed, DocumentError, HostRefused, Refused
from .sse import EventParser, EventTooLongError, ServerEvent

# Seconds. The program sends a keep-alive comment every 15 s.
CONNECT_TIMEOUT = 5
ANSWER_TIMEOUT = 10
TEST_TIMEOUT = 120
ANALYSIS_TIMEOUT = 300
SILENCE_TIMEOUT = 35

MAX_ANSWER_BYTES = 64 << 20


class Client(Protocol):
    """What the component asks of the program."""

    # The program pushes its events; else the state is polled.
    pushes: bool

    async def state(self) -> StateDocument:
        """Returns the state document."""

    async def test(self) -> Mapping[str, Any]:
        """Runs one cycle and returns its outcome."""

    async def analyze(self, scope: Mapping[str, str]) -> Mapping[str, Any]:
        """Returns the analysis of the logs. Keys of the scope: `last`, or `from` and `to`."""

    def events(self) -> AsyncIterator[ServerEvent]:
        """Yields the events of the program until the stream ends."""


def parse_url(text: str) -> URL | None:
    """Returns the base address of an API, None if the text is none.

    Takes an address with and without "http://". Names no user, no query and no path.
    """
    text = text.strip()
    try:
        url = URL(text if "://" in text else f"http://{text}")
        if url.scheme not in ("http", "https") or not url.host or url.port is None or url.user:
            return None
        return url.origin()
    except ValueError:
        return None


class HttpClient:
    """The local API."""

    pushes = True

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str | None) -> None:
        """Take the base address and the token, None where the API needs none."""
        self._session = session
        self._base = URL(url)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def state(self) -> StateDocument:
        """Returns the state document."""
        return parse(await self._json("GET", "/api/v1/state", ANSWER_TIMEOUT))

    async def test(self) -> Mapping[str, Any]:
        """Runs one cycle and returns its outcome."""
        return await self._json("POST", "/api/v1/test", TEST_TIMEOUT, {})

    async def analyze(self, scope: Mapping[str, str]) -> Mapping[str, Any]:
        """Returns the analysis of the logs."""
        return await self._json("POST", "/api/v1/analyze", ANALYSIS_TIMEOUT, scope)

    async def events(self) -> AsyncIterator[ServerEvent]:
        """Yields the events of the program until the stream ends."""
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_TIMEOUT, sock_read=SILENCE_TIMEOUT
        )
        parser = EventParser()
        try:
            async with self._session.get(
                self._base.with_path("/api/v1/events"),
                headers={**self._headers, "Accept": "text/event-stream"},
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                if response.status != HTTPStatus.OK:
                    raise _refusal(response.status, await _body(response))
                if response.content_type != "text/event-stream":
                    raise DocumentError
                async for chunk in response.content.iter_any():
                    for event in parser.feed(chunk):
                        yield event
        except (aiohttp.ClientError, TimeoutError, OSError) as err:
            raise ConnectionFailed(str(err) or type(err).__name__) from err
        except EventTooLongError as err:
            raise DocumentError from err

    async def _json(
        self, method: str, path: str, seconds: float, body: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        try:
            async with self._session.request(
                method,
                self._base.with_path(path),
                headers=self._headers,
                json=None if body is None else dict(body),
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_TIMEOUT),
                allow_redirects=False,
            ) as response:
                status, text = response.status, await _body(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as err:
            raise ConnectionFailed(str(err) or type(err).__name__) from err
        if status != HTTPStatus.OK:
            raise _refusal(status, text)
        return json_object(text)


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise DocumentError
    return bytes(body)


def json_object(text: str | bytes) -> Mapping[str, Any]:
    """Returns the JSON object of the text. Raises DocumentError if it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise DocumentError from err
    if not isinstance(value, dict):
        raise DocumentError
    return value


def _refusal(status: int, body: bytes) -> AuthError | Busy | HostRefused | Refused:
    """Returns the error of an answer that is not 200."""
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return AuthError()
        case HTTPStatus.CONFLICT:
            return Busy()
        case HTTPStatus.MISDIRECTED_REQUEST:
            return HostRefused()
    try:
        answer = json_object(body)
    except DocumentError:
        answer = {}
    words = [answer[key] for key in ("error", "remedy") if isinstance(answer.get(key), str)]
    return Refused(": ".join(words) or f"HTTP {status}")
