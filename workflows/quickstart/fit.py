"""Fit a straight line to a trait, for one species or for all birds together.

usage: fit.py CLEAN_TABLE SPECIES|all bill_depth|body_mass FIT_JSON
"""

import json
import sys
from pathlib import Path

from penguins import column, fit, read_birds

AXES = {"bill_depth": ("bill_length_mm", "bill_depth_mm"), "body_mass": ("flipper_length_mm", "body_mass_g")}

table, species, trait, fit_json = sys.argv[1:]
x, y = AXES[trait]
birds = [bird for bird in read_birds(table) if species in (bird["species"], "all")]
if len(birds) < 3:
    sys.exit(f"{len(birds)} birds of species {species!r} are too few for a line")

line = fit(column(birds, x), column(birds, y))
result = {"species": species, "trait": trait, "birds": len(birds), **line._asdict()}
Path(fit_json).write_text(json.dumps(result, indent=2) + "\n")
print(f"{species}: {y} = {line.intercept:.2f} + {line.slope:.3f} * {x}, r = {line.r:.2f}, {len(birds)} birds")
