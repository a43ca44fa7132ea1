"""Provider adapters and the contract that they fulfill.

An adapter is a module of this package with one function:

    async def make(call: ProviderCall, preview: Preview) -> DeliveredImage

It makes one paid call for one image and returns the image's bytes as the provider sent them, or raises `ProviderFailure`.
It never retries, never writes to the database or to storage, and is canceled when the call's time is up. It awaits
`preview(data)` for each partial image if `call.partials` asks for some. `Provider.adapter` names the module:
another provider needs one file here and a row (docs/providers.md).

Where a provider keeps requests and knows them by an id, `call.upstream` is for it: `make` resumes the request that
`call.upstream.request` names instead of paying for another, awaits `call.upstream.accepted(id)` as soon as it has made
one, and leaves it alone when it is canceled, since another worker may have resumed it. Such a module has a second
function, for a request that nobody will ask for any more:

    async def withdraw(call: ProviderCall) -> bool

It returns whether the request still waited in the provider's queue, so that it costs nothing. Time in such a queue is
none of the call's time if `make` says so: `call.clock.show(waits=…)`. Where a provider keeps what it was sent and what it
has made, one more, for images that their owner has deleted; it raises `ForgetError`:

    async def forget(base_url: str, key: str, request: str) -> None

Where a provider can be asked at no cost whether it takes our key, its adapter may say so; it raises `ProbeError`. A list
of models (below) does as well:

    async def check_key(base_url: str, key: str) -> None

Where a provider can be asked at no cost whether it knows a model, its adapter may have one more function:

    async def ask(base_url: str, key: str, model: str) -> None

It returns if the provider knows the model, and raises `ProbeError` if the provider does not say so. Where the provider
lists its models with the days on which they end, one more:

    async def list_ends(base_url: str, key: str) -> Mapping[str, object]

It returns by the provider's name of each model what the list says: None if no day is announced. Raises `ProbeError`.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from generation.catalog.parameters import ImageParameters
from generation.models import Outcome, Reason, Unit
from generation.models.attempt import Blame
from generation.providers import completion_notices
from generation.providers.call_clock import QUEUE_SECONDS, CallClock
from generation.providers.memory_slots import MemorySlot
from generation.providers.rate_limit_headers import RateLimit

SERVER = 500
_UNANSWERED = (Reason.PROVIDER_BUSY, Reason.PROVIDER_ERROR, Reason.TIMEOUT)
type Note = Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class UpstreamRequest:
    """A provider's request that outlives the worker which made it.

    Attributes:
        request: the provider's id of it; at first that of an earlier attempt for the same image, which may still be
            under way or done, or empty.
        webhook: URL by which the provider may report that it is done; empty if it can't reach us.
        note: stores the id.
    """

    request: str = ""
    webhook: str = ""
    note: Note | None = None

    async def accepted(self, request: str) -> None:
        """Record the id of a new request; an adapter calls this before it waits for the result."""
        self.request = request
        if self.note:
            await self.note(request)

    async def wait_for_notice(self, seconds: float) -> None:
        """Wait for `seconds`, or until the provider has reported that the request is done."""
        if self.webhook:
            await completion_notices.wait_for(self.request, seconds)
        else:
            await asyncio.sleep(seconds)


_BY_STATUS = {
    401: Blame.KEY,
    402: Blame.FUNDS,
    403: Blame.KEY,
    408: Blame.PROVIDER,
    429: Blame.LIMIT,
}


type Preview = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ProviderCall:
    """One paid call with everything that it needs.

    Attributes:
        attempt: id of the attempt, never reused: an idempotency key where the provider supports them.
        base_url, key: from the provider's row and the settings that it names.
        model: the provider's own name of the model.
        prompt: the words that are sent.
        parameters: what the image should be, as checked against the model; empty where it has no such parameter.
        references, mask: input images, re-encoded at upload: PNG, JPEG or WebP.
        partials: number of partial images wanted, 0 to 3.
        room: memory slot, to be taken before an image's bytes are read, so that they don't fill the memory.
        upstream: the request that the provider keeps.
        end_user: a hash that stands for the person, so that one abuser does not cost everybody the account.
        model_changes: the catalog's changes to what is sent: a value is sent as well, None leaves that parameter
            out.
        seconds: time after which the call is abandoned, as far as the provider does not let it wait.
        queue_seconds: time that it may wait in the provider's queue.
    """

    attempt: uuid.UUID
    base_url: str
    key: str
    model: str
    prompt: str
    parameters: ImageParameters
    references: tuple[bytes, ...]
    mask: bytes | None
    partials: int
    room: MemorySlot
    end_user: str
    seconds: float
    queue_seconds: float = QUEUE_SECONDS
    model_changes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    upstream: UpstreamRequest = field(default_factory=UpstreamRequest)
    clock: CallClock = field(init=False)

    def __post_init__(self) -> None:
        """Set the clock, which `registry.make_image` starts."""
        object.__setattr__(self, "clock", CallClock(self.seconds, self.queue_seconds))

    def changed(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters to send, with the catalog's changes applied."""
        return {
            name: value for name, value in {**parameters, **self.model_changes}.items() if value is not None
        }


@dataclass(frozen=True, slots=True)
class DeliveredImage:
    """An image as the provider delivered it.

    Attributes:
        data: its bytes, untouched.
        units: what the provider counts, for the cost.
        usage: the usage that the provider reported.
        request: the provider's id of the call.
        status: HTTP status.
        allowance: the rate limit that the provider reported, if any.
        is_kept: whether the provider keeps the image, so that another attempt can fetch it by `request`.
        model: the model that made it, by the provider's word and name; empty if the provider does not say.
        seed: the seed that made it, by the provider's word; None if it has or tells none.
    """

    data: bytes
    units: Mapping[Unit, int] = field(default_factory=lambda: MappingProxyType({}))
    usage: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    request: str = ""
    status: int = 200
    allowance: RateLimit = field(default_factory=RateLimit)
    is_kept: bool = False
    model: str = ""
    seed: int | None = None


class ProviderFailure(Exception):  # noqa: N818 -- the contract's word; most are answers, not faults
    """The call brought no image.

    Attributes:
        reason: what the customer is told, from the closed list.
        outcome: `refused` or `failed` if the provider answered, `unknown` if it may have worked in vain.
        error: the provider's words, for operators.
        may_retry: whether nothing was made and another call is safe.
        retry_after: seconds that the provider asked us to wait, if it did.
        paid: whether the provider has charged us all the same, as far as we know.
        runs_on: whether the provider keeps the request: another attempt resumes it and pays for no second one.
        detail: public facts: `stage` and `categories` of a moderation.
        units, usage, request, status, allowance, model: as in `DeliveredImage`, as far as known.
        blame: who caused the failure; derived from the others unless given.
    """

    def __init__(
        self,
        reason: Reason,
        outcome: Outcome,
        error: str,
        *,
        may_retry: bool = False,
        retry_after: float | None = None,
        paid: bool = False,
        runs_on: bool = False,
        detail: Mapping[str, Any] | None = None,
        units: Mapping[Unit, int] | None = None,
        usage: Mapping[str, Any] | None = None,
        request: str = "",
        status: int | None = None,
        blame: Blame | None = None,
    ) -> None:
        super().__init__(error)
        self.reason = reason
        self.outcome = outcome
        self.error = error
        self.may_retry = may_retry
        self.retry_after = retry_after
        self.paid = paid
        self.runs_on = runs_on
        self.detail = dict(detail or {})
        self.units = dict(units or {})
        self.usage = dict(usage or {})
        self.request = request
        self.status = status
        self.allowance = RateLimit()
        self.model = ""
        moderated = outcome is Outcome.REFUSED
        self.blame = blame_for(status, reason, moderated=moderated) if blame is None else blame


class ForgetError(Exception):
    """The provider did not delete what it keeps of a request; the message is for operators.

    Attributes:
        may_retry: whether it may if it is asked again.
    """

    def __init__(self, words: str, *, may_retry: bool) -> None:
        super().__init__(words)
        self.may_retry = may_retry


class ProbeError(Exception):
    """The provider did not confirm that it knows the model; the message is for operators.

    Attributes:
        is_denied: whether it said that it has no such model for us.
        may_retry: whether it may answer if it is asked again soon.
    """

    def __init__(self, words: str, *, is_denied: bool = False, may_retry: bool = False) -> None:
        super().__init__(words)
        self.is_denied = is_denied
        self.may_retry = may_retry


def blame_for(status: int | None, reason: Reason, *, moderated: bool) -> Blame:
    """Classify a failed call, where the adapter does not know better.

    Args:
        status: HTTP status; None if no answer came.
        reason: what the customer is told.
        moderated: whether the provider refused the words or withheld the image.
    """
    if moderated:
        return Blame.NOBODY
    if status is None:
        return Blame.PROVIDER if reason in _UNANSWERED else Blame.NOBODY
    return _BY_STATUS.get(status, Blame.PROVIDER if status >= SERVER else Blame.NOBODY)
