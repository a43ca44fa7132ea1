from django.contrib.admin.apps import AdminConfig


class OperatorAdminConfig(AdminConfig):
    """Django's admin with our own site class."""

    default_site = "config.admin.site.OperatorAdminSite"
