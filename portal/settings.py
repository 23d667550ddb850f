"""Settings, all from the environment. A missing or senseless value stops the start, not a request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal import logs

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str | None = None) -> str:
    """Return an environment value, or the content of the file ``<name>_FILE`` names.

    :raises ImproperlyConfigured: if neither is set and there is no default.
    """
    path = os.environ.get(f"{name}_FILE")
    value = Path(path).read_text().strip() if path else os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set")
    return value


def env_bool(name: str, *, default: bool) -> bool:
    """Return an environment value as yes or no."""
    value = env(name, "1" if default else "0").lower()
    if value not in {"0", "1", "true", "false", "yes", "no"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")
    return value in {"1", "true", "yes"}


GIVE_UP: Final = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""When a silent database is given up, as libpq's parameters (PostgreSQL manual, 34.1.2): seconds to connect and log in,
to each of its addresses; seconds of silence before it is asked whether it is there, between asking again, and how
often; milliseconds until what was sent must have arrived. Without them a server that takes everything and answers
nothing holds each process until the kernel gives up: minutes to connect, two hours of silence after."""


def database(url: str) -> dict[str, object]:
    """Return Django's settings of a database from ``postgresql://user:password@host:port/name?host=/socket``.

    Web, streams, workers and commands all connect by these; what the address says of ``GIVE_UP`` goes before.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("a database URL must begin with postgresql://")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(query.pop("port", parts.port or "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "portal", **GIVE_UP, **query},
    }


DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", "only-for-development" if DEBUG else None)
ALLOWED_HOSTS = env("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in env("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]

DATABASES = {"default": database(env("DATABASE_URL", "postgresql://portal_app@localhost/portal"))}
LISTEN_DATABASE = database(env("DATABASE_URL_LISTEN")) if env("DATABASE_URL_LISTEN", "") else None
"""Where event streams hear of changes, if not by `DATABASE_URL`: past a pooler that lends connections by the
transaction, since `LISTEN` belongs to one."""
STREAMS_PER_USER = int(env("STREAMS_PER_USER", "20"))
STREAMS_PER_PROCESS = int(env("STREAMS_PER_PROCESS", "5000"))
"""How many pages may hear of changes at once; those beyond ask every ten seconds instead."""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
BROKER_URL = env("BROKER_URL", "redis://localhost:6379/0")
PORTAL_INSTANCE = env("PORTAL_INSTANCE", "development")
FIELD_KEYS = env("FIELD_KEYS", "dev:" + "A" * 43 + "=" if DEBUG else None)
if env("FAILPOINTS", "") and not DEBUG and PORTAL_INSTANCE != "tests":
    raise ImproperlyConfigured("FAILPOINTS is for development and tests only")
SIP_SERVER = env("SIP_SERVER", "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "csp",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "tenants",
    "integrations",
    "portal",
]
AUTH_USER_MODEL = "tenants.User"

MIDDLEWARE = [
    "portal.tracing.traced",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            BASE_DIR / "portal" / "templates",
            *sorted((BASE_DIR / "tenants").glob("*/templates")),
            *sorted((BASE_DIR / "integrations").glob("*/templates")),
        ],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.shell",
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "portal.templatetags.ui",
            ],
        },
    }
]

COTTON_ISOLATE_BY_DEFAULT = True
"""A component sees what it was given, not the page's own names."""

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
"""The form's name for the address. By default axes counts under the model's, which the form never sends."""
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "new_password1", "new_password2"]
"""What axes must not keep of a failed attempt, besides ``password``: a wrong guess at the old comes with the new."""
AXES_LOCKOUT_CALLABLE = "portal.account.locked_out"
AXES_CLIENT_IP_CALLABLE = "portal.account.client_address"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "choose-company"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", _("Svenska")), ("en", _("Engelska"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(BASE_DIR / ".dev" / "static")))
STATICFILES_DIRS = [BASE_DIR / "portal" / "static"]
STATIC_HASHED = env_bool("STATIC_HASHED", default=not DEBUG)
"""Names with a hash of the content; needs `collectstatic` first."""
_STATIC = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC if STATIC_HASHED else "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MANIFEST_STRICT = False

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_HANDLERS = [
    "tenants.sounds.uploads.Capped",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

HTTPS = env_bool("HTTPS", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

API_KEY_PER_MINUTE = int(env("API_KEY_PER_MINUTE", "600"))
"""How many requests a minute each API key may make."""
CACHE_URL = env("CACHE_URL", BROKER_URL if BROKER_URL.startswith(("redis://", "rediss://")) else "")
"""A Valkey or Redis that all web processes share; without one each counts for itself."""
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "shared": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "portal",
        "OPTIONS": {"socket_timeout": 0.3, "socket_connect_timeout": 0.3},
    }
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.requests.bearer.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["tenants.requests.bearer.KeyRate"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tenants.requests.parsing.Json"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.api.problem",
    "URL_FORMAT_OVERRIDE": None,  # the Accept header says it
}
SPECTACULAR_SETTINGS = {
    "COMPONENT_SPLIT_REQUEST": True,
    "TITLE": "Bredband2 Växel",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.api_schema.describe",
    ],
    "ENUM_NAME_OVERRIDES": {
        "CustomerStatusEnum": "tenants.customers.models.Customer.Status",
        "DeliveryStatusEnum": "integrations.webhooks.models.Status",
        "DayStateEnum": "tenants.routing.objects.STATES",
        "RoleEnum": "tenants.customers.models.Role",
        "PlacementRoleEnum": "tenants.nodes.models.Placement.Role",
    },
}

# Celery. Each value was measured or is a default that loses tasks; docs/decisions/0002-celery.md.
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    "socket_timeout": 30,
    "socket_connect_timeout": 2,
    # Else every save waits 2 s for a broker that is down.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TASK_DEFAULT_QUEUE = "interactive"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_DB_REUSE_MAX = 500  # Celery would open a new connection for every task, 10 ms each; celery.py checks its health
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True

LOG_LEVEL = env("LOG_LEVEL", "INFO")
LOGGING = logs.configuration(LOG_LEVEL, as_json=env_bool("LOG_JSON", default=not DEBUG))
logs.configure_structlog()

WEBHOOKS_PRIVATE = env_bool("WEBHOOKS_PRIVATE", default=DEBUG)
"""Let webhooks go to private addresses, and without TLS: for development and tests only."""

METRICS_TOKEN = env("METRICS_TOKEN", "")
"""What Prometheus bears (``Authorization: Bearer …``). Without one there is no `/metrics`."""
