"""`make simulation`: 10 000 random histories against the oracle, every movement and every open lot of every day.

Each history is a programme of its own (policy, restoration rule, members, events, traces), many to a session so that planning is paid once.
Units are conserved, entries balance and roll-forwards foot (the engine's invariants); a second fold of the same rows, shuffled and on one thread,
must give the same movements and lots.
"""

import argparse
import sys
import time

from tests.ledgers.attribution.test_against_oracle import check

BATCH = 250


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.ledgers.attribution.simulation", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--seed", type=int, default=1, help="first seed (1)")
    asked = parser.parse_args()
    started, done = time.perf_counter(), 0
    while done < asked.histories:
        size = min(BATCH, asked.histories - done)
        check(asked.seed + done, programmes=size, shuffled=True, valued=True)
        done += size
        sys.stdout.write(f"{done} histories equal the oracle, {time.perf_counter() - started:.0f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
