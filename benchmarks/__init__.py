"""Measurements on real engines in a temporary home: `make bench`, or some of them: `make bench ARGS="sweep queue"`."""
