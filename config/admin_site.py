"""The operators' site."""

from unfold.sites import UnfoldAdminSite


class OperatorAdminSite(UnfoldAdminSite):
    """Django's admin for operators."""
