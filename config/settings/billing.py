"""Stripe or its local twin, and the currency."""

from config import environment
from config.settings.base import ENV, SANDBOX

STRIPE_SECRET_KEY = ENV.stripe_secret_key or environment.SANDBOX_STRIPE_KEY
STRIPE_WEBHOOK_SECRET = ENV.stripe_webhook_secret or (
    "" if ENV.stripe_secret_key else environment.SANDBOX_WEBHOOK_SECRET
)
STRIPE_API_BASE = ENV.stripe_api_base or (
    environment.STRIPE if ENV.stripe_secret_key else f"{SANDBOX}/stripe"
)
STRIPE_WEBHOOK_UUID = environment.WEBHOOK_UUID
STRIPE_API_VERSION = "2026-08-26.dahlia"
STRIPE_LIVE_MODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
STRIPE_LIVE_SECRET_KEY = STRIPE_SECRET_KEY if STRIPE_LIVE_MODE else ""
STRIPE_TEST_SECRET_KEY = "" if STRIPE_LIVE_MODE else STRIPE_SECRET_KEY
STRIPE_AUTOMATIC_TAX = ENV.stripe_automatic_tax
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
DJSTRIPE_WEBHOOK_VALIDATION = "verify_signature"
CURRENCY = "usd"
