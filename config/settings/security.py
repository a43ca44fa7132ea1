"""Security headers, cookies and the Content Security Policy."""

from datetime import timedelta

from config import environment
from config.settings.base import BASE_URL, ENV, SECURE
from config.settings.billing import STRIPE_API_BASE, STRIPE_LIVE_MODE

# True where a mistake costs customers their money or their secrets.
PRODUCTION = SECURE or STRIPE_LIVE_MODE
_pay_pages = ["https://checkout.stripe.com"]
# The proxy in front does what security.W008 asks for.
SILENCED_SYSTEM_CHECKS = ["security.W008"]
if STRIPE_API_BASE != environment.STRIPE:
    _pay_pages.append(STRIPE_API_BASE.removesuffix("/stripe"))
    # Another address is intended here; config/checks.py decides what production may have.
    SILENCED_SYSTEM_CHECKS.append("djstripe.W002")

CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "accounts.views.csrf_failure.csrf_failure"

CSP_STRICT = {
    "default-src": ["'none'"],
    "script-src": ["'self'", "<CSP_NONCE_SENTINEL>"],
    "style-src": ["'self'", "<CSP_NONCE_SENTINEL>"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "media-src": ["'self'"],
    "manifest-src": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'", *_pay_pages],
    "object-src": ["'none'"],
}
SECURE_CSP = CSP_STRICT
# django-unfold's Alpine.js evaluates expressions and sets styles; the admin alone may.
CSP_OPERATORS = {
    **CSP_STRICT,
    "script-src": ["'self'", "<CSP_NONCE_SENTINEL>", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_ENGINE = "accounts.sessions.store"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
# The proxy in front redirects; /healthz is requested over plain HTTP.
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
# From these alone; see config.server.proxies.
TRUSTED_PROXIES = ENV.trusted_proxies
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
X_FRAME_OPTIONS = "DENY"
