"""Base settings, from which the others are computed: the environment, the site's name, address and language."""

from config import environment

ENV = environment.read()
ROOT = environment.ROOT
SANDBOX = f"http://127.0.0.1:{ENV.sandbox_port}"

SITE_NAME = ENV.site_name
BASE_URL = ENV.base_url
DEBUG = ENV.debug
PLAIN_HTTP_LINKS = ENV.plain_http_links
PRIVATE_ENDPOINTS = ENV.private_endpoints
SECRET_KEY = ENV.secret_key or environment.DEVELOPMENT_KEY
ENCRYPTION_KEYS = ENV.encryption_keys or (SECRET_KEY,)
ALLOWED_HOSTS = list(ENV.allowed_hosts)
SECURE = BASE_URL.startswith("https://")
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
