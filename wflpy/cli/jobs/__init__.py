"""Single jobs from the shell: ``wflpy job``, the job sessions of DRMAA2 as commands."""
