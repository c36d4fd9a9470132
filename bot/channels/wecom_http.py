"""One request to WeCom and its answer, the same for its API and for response_urls.

Source: developer.work.weixin.qq.com/document/path/90313: an answer is HTTP 200 and JSON, its errcode 0 where nothing is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.errors import WeComError


async def request_json(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The answer to a request. The address holds secrets, and stands in no error.

    Args:
        session: Through which.
        method: GET or POST.
        url: The address before the "?", or all of it.
        query: What stands behind that.
        body: Sent as JSON.

    Raises:
        WeComError: If it is refused, or there is no answer that can be read.
    """
    sent = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
    headers = {"Content-Type": "application/json; charset=utf-8"} if body is not None else None
    try:
        async with session.request(method, url, params=query, data=sent, headers=headers) as response:
            text, status = await response.read(), response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as exc:
        raise WeComError(WeComError.NO_ANSWER, f"no answer from the server ({type(exc).__name__})") from None
    if status >= 400:
        raise WeComError(WeComError.NO_ANSWER, f"the server says HTTP {status}")
    try:
        answer = json.loads(text)
        code = int(answer.get("errcode", 0))
    except (ValueError, TypeError, AttributeError):
        raise WeComError(WeComError.NO_ANSWER, "an answer that is no JSON") from None
    if code:
        raise WeComError(code, _without_hint(str(answer.get("errmsg", ""))))
    return dict(answer)


def _without_hint(message: str) -> str:
    """An errmsg without what is added for looking it up; the caller's address, which the console asks for, stays."""
    return re.sub(r",\s*(hint: \[[^\]]*\]|more info at \S+)", "", message)[:200]
