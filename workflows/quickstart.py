"""The workflow of quickstart.yaml, written in Python: the same tasks, the same report.

python workflows/quickstart.py
python workflows/quickstart.py --min-mass 99999      # no bird is that heavy: see what a failure looks like
"""

import argparse
import sys
from pathlib import Path

from wflpy import Flow, error, from_json, matrix, outputs, params

HERE = Path(__file__).parent
SPECIES = ["Adelie", "Chinstrap", "Gentoo"]


def quickstart() -> Flow:
    """The workflow: clean a table, fit lines and take means side by side, write a report."""
    flow = Flow("quickstart", base=HERE, params={"out": "out", "min_mass": 0})

    clean = flow.run(
        "python3", "quickstart/clean.py", "data/penguins.csv", outputs.table, outputs.counts, params.min_mass,
        name="clean", inputs=["data/penguins.csv"],
        outputs={"table": params.out + "/clean.csv", "counts": from_json(params.out + "/counts.json")},
    )  # fmt: skip

    fit = clean.then(
        "python3", "quickstart/fit.py", clean.outputs["table"],
        matrix.species, matrix.trait, outputs.line,
        name="fit",
        outputs={"line": from_json(params.out + "/fit-" + matrix.species + "-" + matrix.trait + ".json")},
    ).matrix(species=[*SPECIES, "all"], trait=["bill_depth", "body_mass"])  # fmt: skip

    summary = clean.then(
        "python3", "quickstart/summary.py", clean.outputs["table"], matrix.species, matrix.sex, outputs.means,
        name="summary",
        outputs={"means": from_json(params.out + "/means-" + matrix.species + "-" + matrix.sex + ".json")},
    ).matrix(species=SPECIES, sex=["female", "male"])  # fmt: skip

    # Waits for every fit and every summary, since it is given their values; they arrive as lists.
    flow.run(
        "python3", "quickstart/report.py", outputs.report,
        clean.outputs["counts"], fit.outputs["line"], summary.outputs["means"],
        name="report", outputs={"report": params.out + "/report.md"},
    )  # fmt: skip

    flow.on_error(
        "python3", "quickstart/notice.py", params.out + "/notice.txt", error.task, error.reason, error.log_tail,
    )  # fmt: skip
    for task in flow.tasks.values():
        task.timeout("2m")
    return flow


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a report on 344 penguins.")
    parser.add_argument("--out", default="out", help="folder for what is written (default: out, beside this file)")
    parser.add_argument("--min-mass", type=int, default=0, help="leave lighter birds out, grams")
    arguments = parser.parse_args()

    result = quickstart().execute(params={"out": arguments.out, "min_mass": arguments.min_mass})

    if result.ok:
        print(result["report"].stdout, end="")
        print("report:", HERE / result["report"].outputs["report"])
    else:
        failure = result.first_failure
        print(f"{failure.name}: {failure.reason}\n{failure.stderr}" if failure else result.reason, file=sys.stderr)
        sys.exit(1)
