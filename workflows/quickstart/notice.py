"""Leave a notice that a run has failed, where people look for its report.

usage: notice.py NOTICE_FILE TASK REASON LOG_TAIL
"""

import sys
from pathlib import Path

notice_file, task, reason, log_tail = sys.argv[1:]
notice = Path(notice_file)
notice.parent.mkdir(parents=True, exist_ok=True)
notice.write_text(
    f"The penguin report was not written.\n\ntask:   {task}\nreason: {reason}\n\n{log_tail}\n", encoding="utf-8"
)
print(f"notice: {notice.resolve()}")
