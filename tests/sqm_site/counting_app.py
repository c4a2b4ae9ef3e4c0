"""A WSGI application that answers how many bytes the request had."""


def application(environ, start_response):
    length = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(length)))])
    return [length]
