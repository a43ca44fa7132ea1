"""What is said when something is refused."""

from typing import Any, ClassVar


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not a fault
    """Something asked for can't be had; nothing was charged and nothing was lost.

    Every app derives its own refusals from this one. Pages show `detail`, both APIs turn it into their envelope.

    Attributes:
        code: stable machine word, part of the public API.
        status: HTTP status that fits.
        detail: one human sentence that says what happened and what to do.
        param: the field it is about, where there is one.
        extra: further public facts, for example `available` and `needed`.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400

    def __init__(self, detail: str, *, param: str | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.param = param
        self.extra = extra

    @property
    def headers(self) -> dict[str, str]:
        """Retry-After, where `extra["retry_after"]` says in how many seconds to come back."""
        return {"Retry-After": str(self.extra["retry_after"])} if "retry_after" in self.extra else {}


class KeyReused(Refusal):
    """The idempotency key stands for another request."""

    code = "idempotency_key_reused"
    status = 422
