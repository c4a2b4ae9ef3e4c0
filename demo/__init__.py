"""The demonstration: an institution of our own invention does its whole work before your eyes (`manage.py demo`)."""
