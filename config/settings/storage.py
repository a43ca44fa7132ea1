"""Storage of static files, images and uploads."""

from typing import Any

from botocore.config import Config

from config.settings.base import ENV, ROOT

STATIC_URL = "/static/"
STATIC_ROOT = ENV.state_dir / "static"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = ENV.state_dir / "media"
MEDIA_URL = "/media/"


def files(bucket: str, endpoint: str) -> dict[str, Any]:
    """Return Django's storage of images in that bucket; on this machine's disk if there is none."""
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint or None,
            # An unresponsive store costs seconds, not the library's default of minutes.
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if endpoint else "auto"},
                connect_timeout=3,
                read_timeout=10,
                retries={"mode": "standard", "total_max_attempts": 2},
                max_pool_connections=50,
            ),
            "default_acl": None,
            "querystring_expire": 600,
            **_keys(),
        },
    }


def _keys() -> dict[str, str]:
    """Return what the environment says of the bucket's key, as it may stand in a file; else the library looks itself."""
    known = {
        "access_key": ENV.aws_access_key_id,
        "secret_key": ENV.aws_secret_access_key,
        "security_token": ENV.aws_session_token,
        "region_name": ENV.aws_default_region,
    }
    return {name: value for name, value in known.items() if value}


# Whether zips, which may be gigabytes, are downloaded from the storage by signed URLs.
STORAGE_SIGNS = bool(ENV.s3_bucket)
STORAGES = {
    "default": files(ENV.s3_bucket, ENV.s3_endpoint_url),
    "staticfiles": {"BACKEND": "config.ui.collected.CollectedStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
