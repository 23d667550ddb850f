"""Pages and API, served by gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal.logins import refuse_powerful  # noqa: E402  (Django must be set up first)

refuse_powerful()
