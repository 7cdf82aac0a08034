"""`make bench`: paying scans and charges over HTTP against the bare driver, reads of leaderboard and desk, lists of members,
closing a month.

Every figure of speed is given as a ratio to the yardstick of the same run; absolute numbers mean little.
"""

import argparse
import tempfile
from pathlib import Path

from bench import awards, boards, books, charges, desk, members, scans, settlement
from bench.desk_data import Sizes

SUBJECTS = {
    "scans": scans.run,
    "charges": charges.run,
    "awards": awards.run,
    "boards": boards.run,
    "books": books.run,
    "desk": desk.run,
    "members": members.run,
    "settlement": settlement.run,
}


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("subjects", nargs="*", choices=[*SUBJECTS, []], help="default: all")
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--scans", type=int, default=2400, help="scans in each of three rounds")
    parser.add_argument("--payments", type=int, default=800, help="charges in each of three rounds")
    parser.add_argument("--members", type=int, nargs="+", help="sizes for the boards; the last for the desk")
    parser.add_argument("--charges", type=int, default=100_000, help="payments in the month to settle")
    parser.add_argument("--transfers", type=int, help="transfers in the books to verify, and at the desk")
    parser.add_argument("--rows", type=int, default=30_000, help="members in the list to import")
    parser.add_argument("--shops", type=int, default=500, help="shops that took them")
    parser.add_argument("--plans", action="store_true", help="desk: print the plans of slow statements")
    parser.add_argument(
        "--no-papers", dest="papers", action="store_false", help="desk: leave papers and pictures out"
    )
    parser.add_argument("--only", default="", help="desk: only addresses that contain this")
    parser.add_argument("--database", help="desk: fill this database, or measure again in it, and keep it")
    options = parser.parse_args()
    options.desk = Sizes(
        options.members[-1] if options.members else 20_000,
        options.transfers or 200_000,
    )
    options.members = options.members or [10_000, 1_000_000]
    options.transfers = options.transfers or 1_000_000
    with tempfile.TemporaryDirectory(prefix="alliance-bench-") as folder:
        for subject in options.subjects or list(SUBJECTS):
            SUBJECTS[subject](options, Path(folder))


if __name__ == "__main__":
    main()
