"""`make bench`: paying scans and charges over HTTP against the bare driver, reads of the leaderboard, closing a month.

Every figure of speed is given as a ratio to the yardstick of the same run; absolute numbers mean little.
"""

import argparse
import tempfile
from pathlib import Path

from bench import awards, boards, charges, scans, settlement

SUBJECTS = {
    "scans": scans.run,
    "charges": charges.run,
    "awards": awards.run,
    "boards": boards.run,
    "settlement": settlement.run,
}


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("subjects", nargs="*", choices=[*SUBJECTS, []], help="default: all")
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--scans", type=int, default=2400, help="scans in each of three rounds")
    parser.add_argument("--payments", type=int, default=800, help="charges in each of three rounds")
    parser.add_argument(
        "--members", type=int, nargs="+", default=[10_000, 1_000_000], help="sizes for the boards"
    )
    parser.add_argument("--charges", type=int, default=100_000, help="payments in the month to settle")
    parser.add_argument("--shops", type=int, default=500, help="shops that took them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="alliance-bench-") as folder:
        for subject in options.subjects or list(SUBJECTS):
            SUBJECTS[subject](options, Path(folder))


if __name__ == "__main__":
    main()
