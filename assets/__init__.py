"""The only place where the rooms meet: thin Dagster assets over plain steps. No rule and no SQL that decides anything lives here."""
