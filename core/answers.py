"""How the JSON interface answers a request that carries a key."""

from typing import Any

from core.receipts import Answer

#: What the document says of status 200 where 201 is the first answer.
AGAIN = "answered before; the same answer again"


def answered(answer: Answer) -> tuple[dict[str, Any], int]:
    """Body and status: 201 when it was done now, 200 when the same was asked before."""
    return answer.body, 200 if answer.replayed else 201
