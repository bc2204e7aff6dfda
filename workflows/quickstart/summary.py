"""The mean measurements of one species and sex.

usage: summary.py CLEAN_TABLE SPECIES SEX SUMMARY_JSON
"""

import json
import sys
from pathlib import Path

from penguins import NUMBERS, column, mean, read_birds

table, species, sex, summary_json = sys.argv[1:]
birds = [bird for bird in read_birds(table) if (bird["species"], bird["sex"]) == (species, sex)]
if not birds:
    sys.exit(f"there is no {sex} {species} in {table}")

result = {"species": species, "sex": sex, "birds": len(birds), **{name: mean(column(birds, name)) for name in NUMBERS}}
Path(summary_json).write_text(json.dumps(result, indent=2) + "\n")
print(f"{len(birds)} {sex} {species} weigh {result['body_mass_g']:.0f} g on average")
