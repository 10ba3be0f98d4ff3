"""Child process of `assets.controls`: reads {day: {control: violations}} from stdin, judges it with great-expectations, writes verdicts."""

import json
import os
import sys
import warnings
from typing import Any

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
warnings.filterwarnings("ignore")


def main() -> None:
    frames: dict[str, dict[str, int]] = json.loads(sys.stdin.read())
    sys.stdout.write(json.dumps(judge(frames)))


def judge(frames: dict[str, dict[str, int]]) -> dict[str, dict[str, Any]]:
    """The verdict of each day: every control once over all days of the run (a row each), then, of a control that fails, which days do."""
    import great_expectations as gx
    import pandas as pd

    from assets.controls import expected_controls

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("controls").add_dataframe_asset("violations")
    batch = asset.add_batch_definition_whole_dataframe("days").get_batch({"dataframe": pd.DataFrame(list(frames.values()))})
    suite = gx.ExpectationSuite(name="intake_controls")
    for control, meaning in expected_controls().items():
        suite.add_expectation(gx.expectations.ExpectColumnMaxToBeBetween(column=control, min_value=0, max_value=0, meta={"violations": meaning}))
    over_all = batch.validate(suite)
    which_days = gx.ExpectationSuite(name="intake_controls_by_day")
    for control in (r.expectation_config.kwargs["column"] for r in over_all.results if not r.success):
        which_days.add_expectation(gx.expectations.ExpectColumnValuesToBeBetween(column=control, min_value=0, max_value=0))
    failed: dict[str, dict[str, int]] = {day: {} for day in frames}
    days = list(frames)
    for result in batch.validate(which_days, result_format={"result_format": "COMPLETE"}).results if which_days.expectations else []:
        control = result.expectation_config.kwargs["column"]
        for row in result.result["unexpected_index_list"]:
            failed[days[row]][control] = frames[days[row]][control]
    return {day: {"success": not failed[day], "failed": failed[day], "expectations": len(over_all.results)} for day in days}


if __name__ == "__main__":
    main()
