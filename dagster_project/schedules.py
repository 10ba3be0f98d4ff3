"""When the books are closed: every night at 05:00 UTC for the day before, so that reports are there in the morning."""

from datetime import timedelta

import dagster as dg

from dagster_project.jobs import close_job


@dg.schedule(
    job=close_job,
    cron_schedule="0 5 * * *",
    execution_timezone="UTC",
    description="Closes yesterday; a day that could not be closed before is closed along with it.",
)
def daily_close(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run for the business day that ended."""
    day = (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()
    return dg.RunRequest(run_key=day, partition_key=day)
