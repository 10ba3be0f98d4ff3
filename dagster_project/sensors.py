"""What happens when a run fails: one line in the log of the deployment and, if configured, a command is told."""

import json
import os
import subprocess

import dagster as dg


@dg.run_failure_sensor(
    name="tell_of_failure",
    description="Runs $TIEOUT_ON_FAILURE (a command) with the failure as JSON on its standard input; the run id and the failed steps, never data.",
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def tell_of_failure(context: dg.RunFailureSensorContext) -> None:
    """Hand the failure to whatever alerts people here: mail, chat, ticket."""
    message = {
        "job": context.dagster_run.job_name,
        "run_id": context.dagster_run.run_id,
        "partition": context.dagster_run.tags.get("dagster/partition", context.dagster_run.tags.get("dagster/asset_partition_range_start", "")),
        "failed_steps": sorted(e.step_key for e in context.get_step_failure_events() if e.step_key),
        "next": f"open the run in the Dagster UI: /runs/{context.dagster_run.run_id}",
    }
    context.log.error(json.dumps(message))
    command = os.environ.get("TIEOUT_ON_FAILURE", "")
    if command:
        subprocess.run(command, shell=True, input=json.dumps(message), text=True, check=True, timeout=60)
