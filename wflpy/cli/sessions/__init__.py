"""The sessions that jobs belong to, from the shell: ``wflpy session``."""
