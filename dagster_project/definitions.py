"""The code location. `workspace.yaml` and `[tool.dg]` in pyproject.toml both point here."""

import dagster as dg

from assets.closing import publish
from assets.intake import intake
from assets.ledgers import lots, settlement, valuation
from assets.partitions import books_folder
from assets.reconciliation import reconciliation
from assets.reporting import reporting
from assets.resources import BooksResource
from dagster_project.jobs import close_job, quiet_console
from dagster_project.schedules import daily_close
from dagster_project.sensors import tell_of_failure

defs = dg.Definitions(
    assets=[intake, lots, valuation, reconciliation, settlement, reporting, publish],
    jobs=[close_job],
    schedules=[daily_close],
    sensors=[tell_of_failure],
    resources={"books": BooksResource(folder=str(books_folder()))},
    executor=dg.in_process_executor,
    loggers={"console": quiet_console},
)
