"""Look-up and checks of an order's input images."""

import uuid
from collections.abc import Mapping

from generation.errors import InvalidOrder, ReferenceNotFound
from generation.models import Reference
from generation.orders.order import Order


def match(order: Order, found: Mapping[uuid.UUID, Reference]) -> list[Reference]:
    """Return the order's references in their order, the mask last.

    Args:
        order: what is asked for.
        found: what `fetch` found, including at least the order's.

    Raises:
        ReferenceNotFound: one is not the workspace's, was deleted, or never existed.
        InvalidOrder: the mask is not a mask, or has another size than the first reference.
    """
    wanted = [*order.references, *([order.mask] if order.mask else [])]
    for position, key in enumerate(wanted, start=1):
        if key not in found:
            is_mask = position > len(order.references)
            what = "The mask" if is_mask else f"Reference image {position}"
            raise ReferenceNotFound(
                f"{what} was not found. Upload it first; nothing was charged.",
                param="mask" if is_mask else "references",
            )
    if order.mask:
        mask, first = found[order.mask], found[order.references[0]]
        if not mask.is_mask:
            raise InvalidOrder("That image was not uploaded as a mask.", param="mask")
        if (mask.width, mask.height) != (first.width, first.height):
            raise InvalidOrder(
                f"The mask is {mask.width}x{mask.height} pixels and the first reference {first.width}x{first.height};"
                " they must be the same size.",
                param="mask",
            )
    return [found[key] for key in wanted]
