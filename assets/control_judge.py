"""Child process of `assets.controls`: reads {day: {control: violations}} from stdin, judges it with great-expectations, writes verdicts."""

import json
import os
import sys
import warnings
from typing import Any

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
warnings.filterwarnings("ignore")


def main() -> None:
    import great_expectations as gx
    import pandas as pd

    from assets.controls import expected_controls

    frames: dict[str, dict[str, int]] = json.loads(sys.stdin.read())
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    suite = gx.ExpectationSuite(name="intake_controls")
    for control, meaning in expected_controls().items():
        suite.add_expectation(gx.expectations.ExpectColumnMaxToBeBetween(column=control, min_value=0, max_value=0, meta={"violations": meaning}))
    batch_definition = context.data_sources.add_pandas("controls").add_dataframe_asset("violations").add_batch_definition_whole_dataframe("day")
    verdicts = {}
    for day, counts in frames.items():
        result: Any = batch_definition.get_batch({"dataframe": pd.DataFrame([counts])}).validate(suite)
        failed = {r.expectation_config.kwargs["column"]: counts[r.expectation_config.kwargs["column"]] for r in result.results if not r.success}
        verdicts[day] = {"success": bool(result.success), "failed": failed, "expectations": len(result.results)}
    sys.stdout.write(json.dumps(verdicts))


if __name__ == "__main__":
    main()
