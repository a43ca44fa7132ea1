"""Storage of static files, images and uploads."""

from botocore.config import Config

from config.settings.base import ENV, ROOT

STATIC_URL = "/static/"
STATIC_ROOT = ENV.state_dir / "static"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = ENV.state_dir / "media"
MEDIA_URL = "/media/"
if ENV.s3_bucket:
    _files = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": ENV.s3_bucket,
            "endpoint_url": ENV.s3_endpoint_url or None,
            # An unresponsive store costs seconds, not the library's default of minutes.
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if ENV.s3_endpoint_url else "auto"},
                connect_timeout=3,
                read_timeout=10,
                retries={"mode": "standard", "total_max_attempts": 2},
                max_pool_connections=50,
            ),
            "default_acl": None,
            "querystring_expire": 600,
        },
    }
else:
    _files = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
# Whether zips, which may be gigabytes, are downloaded from the storage by signed URLs.
STORAGE_SIGNS = bool(ENV.s3_bucket)
STORAGES = {
    "default": _files,
    "staticfiles": {"BACKEND": "config.ui.stylesheets.BundlingStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
