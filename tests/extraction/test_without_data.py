"""Codes that no ledger of the books has data for: only what every system that gives lines lacks."""

from pathlib import Path

from connectors.extraction.definition import codes_without_data, platform
from core.policy import Source


def _sources(**kinds: str) -> dict[str, Source]:
    return {name: Source.model_validate({"kind": kind}) for name, kind in kinds.items()}


def test_one_system_lacks_what_its_definition_says(tmp_path: Path) -> None:
    lacking = codes_without_data(_sources(books="quickbooks_online"), tmp_path)
    assert lacking == {code: f"books: {why}" for code, why in platform("quickbooks_online").definition.not_applicable.items()}
    assert "MS-05" in lacking


def test_of_two_systems_only_what_both_lack(tmp_path: Path) -> None:
    lacking = codes_without_data(_sources(a="quickbooks_online", b="business_central"), tmp_path)
    assert sorted(lacking) == ["AM-06", "AM-07", "MS-05"]
    assert lacking["AM-06"].startswith("a: ")
    assert "; b: " in lacking["AM-06"]


def test_a_system_that_gives_no_lines_says_nothing_about_them(tmp_path: Path) -> None:
    only_balances = Source.model_validate({"kind": "netsuite", "deliver": ["balance"]})
    assert "MS-05" in codes_without_data({**_sources(a="quickbooks_online"), "b": only_balances}, tmp_path)


def test_files_and_whole_systems_lack_nothing(tmp_path: Path) -> None:
    assert codes_without_data(_sources(a="quickbooks_online", b="netsuite"), tmp_path) == {}
    assert codes_without_data(_sources(a=""), tmp_path) == {}


def test_a_code_that_needs_a_field_of_the_companys_own_has_data_where_one_is_named(tmp_path: Path) -> None:
    """General ledger entries do not say which line is tax: nothing is missed (MS-05) before the books name the field that does."""
    without, named = (Source.model_validate({"kind": "oracle_fbdi", "fields": f}) for f in ({}, {"is_tax_line": "reference_29"}))
    assert codes_without_data({"a": without}, tmp_path) == {"MS-05": "a: no field of the system is named for is_tax_line (fields)"}
    assert codes_without_data({"a": named}, tmp_path) == {}
