"""The one job: close business days, in process, in the order of the graph."""

import logging

import dagster as dg

close_job = dg.define_asset_job(
    "close_books",
    selection=dg.AssetSelection.all(),
    description="Close business days: intake, lots, valuation, reconciliation, settlement, reports, publish.",
    executor_def=dg.in_process_executor,
    tags={"dagster/concurrency_key": "books"},
)


@dg.logger(config_schema=None, description="Errors on the console; everything is in the event log.")
def quiet_console(_context: dg.InitLoggerContext) -> logging.Logger:
    """A logger that leaves the terminal to whoever runs the close."""
    logger = logging.getLogger("tieout.close")
    logger.setLevel(logging.ERROR)
    return logger
