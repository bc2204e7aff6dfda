"""Keep the birds whose measurements are complete, and say how many had to go.

usage: clean.py TABLE CLEAN_TABLE COUNTS_JSON MIN_MASS
"""

import json
import sys
from collections import Counter
from pathlib import Path

from penguins import MISSING, read_birds, write_birds

table, clean_table, counts_json, min_mass = sys.argv[1:]
birds = read_birds(table)
complete = [bird for bird in birds if MISSING not in bird.values()]
kept = [bird for bird in complete if float(bird["body_mass_g"]) >= float(min_mass)]

if not kept:
    heaviest = max(float(bird["body_mass_g"]) for bird in complete)
    sys.exit(f"no bird weighs {min_mass} g or more: the heaviest of {len(complete)} weighs {heaviest:.0f} g")

write_birds(clean_table, kept)
counts = {
    "read": len(birds),
    "incomplete": len(birds) - len(complete),
    "missing": Counter(name for bird in birds for name, value in bird.items() if value == MISSING),
    "too_light": len(complete) - len(kept),
    "kept": len(kept),
}
Path(counts_json).write_text(json.dumps(counts, indent=2) + "\n")
left_out = f"{counts['incomplete']} incomplete, {counts['too_light']} too light"
print(f"{counts['read']} birds read, {left_out}, {counts['kept']} kept")
