"""The language every room speaks: tables, kinds, money, policy, calendar, errors, SQL. Imports nothing of ours."""
