"""The web interface of Dagster over the books: what it shows, and a backfill of past days launched by hand in a real browser."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.schema import TABLES
from tests.system.system_books import contents, copy_books, make_company, must_be_equal, query, seals, tieout
from tests.ui.dagster_services import BROWSERS, Interface, interface, page, program, wait_until

pytestmark = [pytest.mark.ui, pytest.mark.minutes]

ASSETS = """{ assetNodes { assetKey { path } groupName description kinds owners { ... on TeamAssetOwner { team } } isPartitioned backfillPolicy { policyType }
    jobNames metadataEntries { __typename ... on TableSchemaMetadataEntry { schema { columns { name description } } } }
    assetChecksOrError { ... on AssetChecks { checks { name blocking } } } } }"""
AUTOMATION = """{ repositoriesOrError { ... on RepositoryConnection { nodes { jobs { name } schedules { name cronSchedule pipelineName }
    sensors { name sensorState { status } } } } } }"""
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus
    locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
BACKFILLS = "{ partitionBackfillsOrError { ... on PartitionBackfills { results { id status partitionNames runs(limit: 9) { id status } } } } }"


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[date]]:
    """Books to be closed in the browser, their twin to be closed by the command line, and the days."""
    program(*BROWSERS)
    folder = tmp_path_factory.mktemp("ui")
    days = make_company(folder / "browser", days=2, members=30)
    return folder / "browser", copy_books(folder / "browser", folder / "command"), days


@pytest.fixture(scope="module")
def running(twins: tuple[Path, Path, list[date]]) -> Iterator[Interface]:
    with interface(twins[0]) as services:
        yield services


@pytest.fixture(scope="module")
def assets(running: Interface) -> dict[str, dict[str, Any]]:
    """Every asset by name, once the code location is loaded: the interface answers before it is, and again without assets while it reloads."""
    found: dict[str, dict[str, Any]] = {}

    def loaded() -> bool:
        found.update({node["assetKey"]["path"][-1]: node for node in running.ask(ASSETS)["assetNodes"]})
        return any(node["assetChecksOrError"]["checks"] for node in found.values())

    wait_until(loaded, 180, lambda: f"the interface shows no assets or no checks: {found} {running.ask(LOCATIONS)}")
    return found


def test_every_asset_says_what_it_is(assets: dict[str, dict[str, Any]]) -> None:
    assert {a["groupName"] for a in assets.values()} == {"intake", "ledgers", "reconciliation", "reports", "close"}
    for name, asset in assets.items():
        assert asset["description"], name
        assert asset["owners"], name
        assert asset["kinds"], name
        assert asset["isPartitioned"], name
        assert "close_books" in asset["jobNames"], name
    assert {a["backfillPolicy"]["policyType"] for a in assets.values()} == {"SINGLE_RUN"}, "mixed policies silently fall back to a run per day"


def test_tables_show_their_columns(assets: dict[str, dict[str, Any]]) -> None:
    for asset, table in (("loyalty_event", "loyalty_event"), ("break_register", "break"), ("roll_forward", "roll_forward"), ("tax_entry", "tax_entry")):
        columns = [c for entry in assets[asset]["metadataEntries"] if entry["__typename"] == "TableSchemaMetadataEntry" for c in entry["schema"]["columns"]]
        assert [c["name"] for c in columns] == ["business_date", "close_id", *TABLES[table].names]
        assert all(c["description"] for c in columns)


def test_invariants_block_and_controls_show(assets: dict[str, dict[str, Any]]) -> None:
    checks = {c["name"]: c["blocking"] for a in assets.values() for c in a["assetChecksOrError"]["checks"]}
    assert checks.pop("delivery_controls") is False
    assert set(checks) >= {"units_conserved", "foots_and_balances", "rows_conserved"}
    assert all(checks.values())


def test_the_schedule_and_the_failure_sensor_are_there(running: Interface) -> None:
    nodes = running.ask(AUTOMATION)["repositoriesOrError"]["nodes"]
    assert [s["pipelineName"] for n in nodes for s in n["schedules"]] == ["close_books"]
    assert [s["sensorState"]["status"] for n in nodes for s in n["sensors"] if s["name"] == "tell_of_failure"] == ["RUNNING"]


def test_a_backfill_launched_in_the_browser_equals_the_command_line(running: Interface, twins: tuple[Path, Path, list[date]]) -> None:
    in_browser, by_command, days = twins
    with page() as shown:
        shown.goto(f"{running.address}/locations/tieout/jobs/close_books", wait_until="domcontentloaded")
        shown.get_by_role("button", name="Materialize all").click()
        shown.get_by_role("button", name="Show all partitions").click()
        chosen = shown.get_by_role("dialog").locator("input[type=text]").first
        chosen.fill(f"[{days[0]}...{days[-1]}]")
        chosen.press("Enter")
        chosen.blur()
        shown.get_by_role("dialog").get_by_text(f"{len(days)} partitions").first.wait_for()
        shown.get_by_role("button", name="Launch backfill").click()
        wait_until(lambda: _backfills(running), 120, "the browser launched nothing")
    done = tieout("backfill", str(days[0]), str(days[-1]), "--books", by_command)
    assert done.returncode == 0, done.stdout + done.stderr
    wait_until(lambda: _backfills(running)[0]["status"] not in ("REQUESTED",), 600, "the backfill did not end")
    backfill = _backfills(running)[0]
    assert backfill["partitionNames"] == [d.isoformat() for d in days]
    assert [r["status"] for r in backfill["runs"]] == ["SUCCESS"], "one run for the whole range"
    assert backfill["status"] == "COMPLETED_SUCCESS"
    must_be_equal(seals(by_command), seals(in_browser))
    must_be_equal(contents(by_command), contents(in_browser))


def test_what_the_browser_closed_is_shown_day_by_day_with_its_own_totals(running: Interface, twins: tuple[Path, Path, list[date]]) -> None:
    told = running.ask(
        """{ assetNodeOrError(assetKey: {path: ["loyalty_event"]}) { ... on AssetNode { assetMaterializations(limit: 5) { partition
        metadataEntries { label ... on IntMetadataEntry { intValue } } } } } }"""
    )["assetNodeOrError"]["assetMaterializations"]
    shown = {m["partition"]: {e["label"]: e.get("intValue") for e in m["metadataEntries"]} for m in told}
    held = query(twins[0], "select business_date, count(*) as n from loyalty_event group by business_date", "loyalty_event")
    assert {day: entries["dagster/row_count"] for day, entries in shown.items()} == {str(r["business_date"]): r["n"] for r in held}
    assert all(any(label.startswith("control_total/") for label in entries) for entries in shown.values())


def _backfills(running: Interface) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = running.ask(BACKFILLS)["partitionBackfillsOrError"]["results"]
    return found
