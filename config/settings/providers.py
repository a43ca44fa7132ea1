"""Providers of images: a Provider row names the settings that hold its key and its address."""

from config import environment
from config.settings.base import BASE_URL, ENV, SANDBOX

OPENAI_API_KEY = ENV.openai_api_key or environment.SANDBOX_OPENAI_KEY
OPENAI_BASE_URL = ENV.openai_base_url or (
    "https://api.openai.com/v1" if ENV.openai_api_key else f"{SANDBOX}/openai/v1"
)
FAL_KEY = ENV.fal_key or environment.SANDBOX_FAL_KEY
FAL_BASE_URL = ENV.fal_base_url or ("https://queue.fal.run" if ENV.fal_key else f"{SANDBOX}/fal/queue")
FAL_WEBHOOK_URL = f"{BASE_URL}/fal/webhook" if ENV.provider_webhooks else ""
FAL_JWKS_URL = (
    "https://rest.fal.ai/.well-known/jwks.json"
    if ENV.fal_key
    else f"{SANDBOX}/fal/rest/.well-known/jwks.json"
)
FAL_ADMIN_KEY = ENV.fal_admin_key
FAL_PLATFORM_URL = "https://api.fal.ai/v1" if ENV.fal_key else f"{SANDBOX}/fal/api/v1"
# Keys of providers that exist only as rows, by the setting names in those rows.
PROVIDER_KEYS = dict(ENV.provider_keys)
PROVIDER_SETTINGS = frozenset(
    {"OPENAI_API_KEY", "OPENAI_BASE_URL", "FAL_KEY", "FAL_BASE_URL", "FAL_WEBHOOK_URL"}
)
