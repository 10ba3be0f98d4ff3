-- Data set of the report at settings.balance_report. Parameters, all of type string: P_AS_OF_NEXT (the day after), P_RUN. Segments as in line.sql.
-- GL_BALANCES knows periods, not days: the opening of the last period that was opened by the day, and what was posted since with an accounting date up to it.
SELECT t.ledger_id AS ledger_id, g.name AS ledger_name, cc.segment1 AS company, cc.segment3 AS account, g.currency_code AS currency,
 TO_CHAR(SUM(t.amount), 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') AS amount, COUNT(*) OVER () AS row_count, 'A' AS actual_flag
FROM (
 SELECT b.ledger_id AS ledger_id, b.code_combination_id AS code_combination_id, COALESCE(b.begin_balance_dr, 0) - COALESCE(b.begin_balance_cr, 0) AS amount
 FROM gl_balances b
 JOIN gl_ledgers bg ON bg.ledger_id = b.ledger_id AND bg.currency_code = b.currency_code
 JOIN gl_period_statuses bp ON bp.application_id = 101 AND bp.ledger_id = b.ledger_id AND bp.period_name = b.period_name
 WHERE b.actual_flag = 'A' AND b.translated_flag IS NULL AND bp.adjustment_period_flag = 'N'
  AND bp.start_date = (SELECT MAX(o.start_date) FROM gl_period_statuses o WHERE o.application_id = 101 AND o.ledger_id = b.ledger_id
   AND o.adjustment_period_flag = 'N' AND o.closing_status IN ('O', 'C', 'P') AND o.start_date < TO_DATE(:P_AS_OF_NEXT, 'YYYY-MM-DD'))
 UNION ALL
 SELECT l.ledger_id, l.code_combination_id, COALESCE(l.accounted_dr, 0) - COALESCE(l.accounted_cr, 0)
 FROM gl_je_lines l
 JOIN gl_je_headers h ON h.je_header_id = l.je_header_id
 JOIN gl_period_statuses lp ON lp.application_id = 101 AND lp.ledger_id = l.ledger_id AND lp.period_name = l.period_name
 WHERE h.status = 'P' AND l.status = 'P' AND h.actual_flag = 'A' AND h.currency_code <> 'STAT'
  AND l.effective_date < TO_DATE(:P_AS_OF_NEXT, 'YYYY-MM-DD')
  AND lp.start_date >= (SELECT MAX(o.start_date) FROM gl_period_statuses o WHERE o.application_id = 101 AND o.ledger_id = l.ledger_id
   AND o.adjustment_period_flag = 'N' AND o.closing_status IN ('O', 'C', 'P') AND o.start_date < TO_DATE(:P_AS_OF_NEXT, 'YYYY-MM-DD'))
) t
LEFT JOIN gl_ledgers g ON g.ledger_id = t.ledger_id
LEFT JOIN gl_code_combinations cc ON cc.code_combination_id = t.code_combination_id
GROUP BY t.ledger_id, g.name, cc.segment1, cc.segment3, g.currency_code
