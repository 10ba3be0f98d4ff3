"""Where tables rest: the lake and the database. Publish, read as of, seal, verify. Imports only core."""

from store.closes import Close, PinnedFile, Report, output_hash
from store.store import Store

__all__ = ["Close", "PinnedFile", "Report", "Store", "output_hash"]
