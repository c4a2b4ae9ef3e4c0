"""The desk: the pages on which people work, inside the shell of the admin."""
