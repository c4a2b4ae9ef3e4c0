"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from sqm_site import timeouts

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sqm_site.settings")
timeouts.serve()
application = get_wsgi_application()
