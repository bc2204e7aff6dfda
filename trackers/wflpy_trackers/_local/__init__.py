"""What trackers of this machine share: a keeper process that owns queue, slots and processes, and how to talk to it.

* In the keeper: `keeper` (the process), `loop` (what it waits for), `service` and `peers` (requests), `book` (the
  jobs), `joblog` and `replay` (their record on disk), `waiting` (queue and slots), `runner`, `spawn`, `files`,
  `programs`, `ends` and `processes` (running them). These import the standard library only, and little of it: the
  keeper has to be there in an instant.
* In its clients: `launch` (find the keeper or start it), `client` (ask it), `rows` (what it tells, as JobInfo).
* In both: `words`, `wire`.
"""
