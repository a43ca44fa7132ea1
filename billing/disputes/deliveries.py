"""Registry of proofs of what was delivered for credits.

Billing knows `image:<uuid>` and no more. A higher app registers a resolver for its prefix when it is ready, as for
statements (`billing.ledger.descriptions`); one call describes a page of them.
"""

import datetime as dt
from dataclasses import dataclass

from billing.ledger.descriptions import Describers


@dataclass(frozen=True, slots=True)
class DeliveredItem:
    """Something that was delivered.

    Attributes:
        id: its public id.
        prompt: the beginning of its prompt.
        asked_at: when it was ordered.
        asked_by: the person or token that ordered it.
        through: where it was ordered: Studio, API.
        model: the model that made it.
        at: when it could first be seen and downloaded.
        sha256: of its bytes, in hexadecimal.
        kind: format and size, for example "png, 1024 by 1024".
        thumbnail: URL of a small version, valid for minutes; empty if the image was deleted.
        picture: storage key of a version of medium size; empty if the image was deleted.
    """

    id: str
    prompt: str
    asked_at: dt.datetime
    asked_by: str
    through: str
    model: str
    at: dt.datetime | None
    sha256: str
    kind: str
    thumbnail: str
    picture: str


describers = Describers[DeliveredItem]("delivery")
