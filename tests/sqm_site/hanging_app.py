"""An application whose requests wait until the process ends, as for a database that hangs."""

import threading


def application(environ, start_response):
    if environ["PATH_INFO"] != "/quick":
        threading.Event().wait()
    start_response("200 OK", [("Content-Length", "0")])
    return []
