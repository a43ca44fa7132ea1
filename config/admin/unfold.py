"""Appearance of the operators' admin and contents of its sidebar."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _item(title: str, icon: str, page: str, permission: str) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{page}")
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "active": lambda request: str(link) == _lit(request.path),
        "permission": lambda request: request.user.has_perm(permission),
    }


def _link(title: str, icon: str, name: str) -> dict[str, Any]:
    app, _, model = name.partition(".")
    return _item(title, icon, f"{app}_{model}_changelist", f"{app}.view_{model}")


def _lit(path: str) -> str:
    """Return the link of the item that a page belongs to: the longest that its path begins with.

    Unfold lights every item whose link occurs in the path, so that a page below a list lit both.
    """
    return max((link for link in _links() if path.startswith(link)), key=len, default="")


@cache
def _links() -> tuple[str, ...]:
    return tuple(str(item["link"]) for group in UNFOLD["SIDEBAR"]["navigation"] for item in group["items"])


def _greys() -> dict[str, str]:
    lightness = {
        50: 98.5,
        100: 96.8,
        200: 92.5,
        300: 87,
        400: 70.5,
        500: 55,
        600: 44,
        700: 33,
        800: 25,
        900: 19,
        950: 14,
    }
    return {str(step): f"oklch({value}% .005 265)" for step, value in lightness.items()}


def _oranges() -> dict[str, str]:
    steps = {
        50: (97.5, 0.015), 100: (94.5, 0.035), 200: (89, 0.075), 300: (82, 0.13), 400: (75, 0.18), 500: (69, 0.2),
        600: (57, 0.17), 700: (48, 0.145), 800: (41, 0.12), 900: (36, 0.1), 950: (26, 0.07),
    }  # fmt: skip
    return {str(step): f"oklch({light}% {chroma} 47)" for step, (light, chroma) in steps.items()}


def _mark(request: HttpRequest) -> str:
    return static("img/mark.svg")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "CreateIO operators",
    "SITE_HEADER": "CreateIO",
    "SITE_SUBHEADER": "operators",
    "SITE_SYMBOL": "camera",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _mark}],
    "SITE_URL": "/studio",
    "DASHBOARD_CALLBACK": "config.admin.dashboard.add",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"base": _greys(), "primary": _oranges()},
    "COMMAND": {"search_models": True},
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {
                "items": [
                    {"title": "Dashboard", "icon": "dashboard", "link": reverse_lazy("admin:index")},
                ]
            },
            {
                "title": "Work",
                "items": [
                    _link("Generations", "photo_library", "generation.generation"),
                    _link("Images", "image", "generation.image"),
                    {
                        **_link("Appeals", "gavel", "generation.appeal"),
                        "badge": "generation.admin.appeals.badge",
                    },
                    _link("Batches", "stacks", "generation.batch"),
                    _link("Archives", "folder_zip", "generation.archive"),
                    _link("Attempts", "conversion_path", "generation.attempt"),
                    _link("Models and prices", "deployed_code", "generation.imagemodel"),
                    _link("Style presets", "palette", "generation.style"),
                    _link("Check rules", "shield", "generation.checkrule"),
                    _link("Checks", "policy", "generation.precheck"),
                    _link("Providers", "monitor_heart", "generation.provider"),
                    _link("Webhook endpoints", "webhook", "api.webhookendpoint"),
                    _link("Webhook deliveries", "send", "api.webhookdelivery"),
                ],
            },
            {
                "title": "Money",
                "items": [
                    _item("Books", "menu_book", "billing_books", "billing.view_reconciliation"),
                    _item(
                        "Costs and margins", "query_stats", "generation_costs", "billing.view_reconciliation"
                    ),
                    _link("Proofs", "fact_check", "billing.reconciliation"),
                    _link("Purchases", "payments", "billing.purchase"),
                    _link("Refunds", "undo", "billing.refund"),
                    _link("Refund requests", "approval_delegation", "billing.refundrequest")
                    | {"badge": "billing.admin.refund_requests.badge", "badge_variant": "warning"},
                    _link("Credit requests", "approval_delegation", "billing.creditrequest")
                    | {"badge": "billing.admin.credit_adjustments.badge", "badge_variant": "warning"},
                    _link("Disputes", "gavel", "billing.dispute"),
                    _link("Fraud warnings", "warning", "billing.fraudwarning"),
                    _link("Checkout pauses", "credit_card_off", "billing.checkoutpause"),
                    _link("Payment pages", "credit_card", "billing.paymentpage"),
                    _link("Stripe problems", "error", "billing.stripetrouble"),
                    _link("Wallets", "account_balance_wallet", "billing.wallet"),
                    _link("Ledger", "receipt_long", "billing.transfer"),
                    _link("Holds", "hourglass_top", "billing.hold"),
                    _link("Credit packs", "toll", "billing.creditpack"),
                    _link("Pricing tiers", "sell", "billing.pricingtier"),
                    _link("Refund policy", "policy", "billing.refundpolicy"),
                    _link("Credit policy", "policy", "billing.creditpolicy"),
                ],
            },
            {
                "title": "People",
                "items": [
                    _link("Users", "group", "accounts.user"),
                    _link("Workspaces", "domain", "accounts.workspace"),
                    _link("Safety identifiers", "fingerprint", "generation.enduser"),
                    _link("Tokens", "key", "accounts.apitoken"),
                    _link("Changed addresses", "alternate_email", "accounts.addresschange"),
                    _link("Groups", "groups", "auth.group"),
                    _link("Audit trail", "history", "accounts.auditevent"),
                    _link("Backups", "backup", "config.backup"),
                ],
            },
        ],
    },
}
