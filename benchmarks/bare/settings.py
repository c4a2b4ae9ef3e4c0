"""The leanest settings with which the view runs, on the same database with the same connections."""

from sqm_site import settings as sqm

SECRET_KEY = sqm.SECRET_KEY
ALLOWED_HOSTS = sqm.ALLOWED_HOSTS
DATABASES = sqm.DATABASES
DEFAULT_AUTO_FIELD = sqm.DEFAULT_AUTO_FIELD
LOGGING = sqm.LOGGING
USE_TZ = True
INSTALLED_APPS = ["rest_framework", "benchmarks.bare"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]  # Content-Length, without which answers go in chunks
ROOT_URLCONF = "benchmarks.bare.urls"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
