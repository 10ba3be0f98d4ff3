-- Data set of the report at settings.total_report. Parameters, all of type string: P_FROM, P_NEXT, P_RUN.
-- It adds the lines up by itself, so that a report of lines that stops early shows.
SELECT TO_CHAR(COUNT(*)) AS line_count, TO_CHAR(COALESCE(SUM(CASE WHEN t.amount > 0 THEN t.amount END), 0), 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') AS debit,
 TO_CHAR(COALESCE(SUM(CASE WHEN t.amount < 0 THEN -t.amount END), 0), 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') AS credit, 'A' AS actual_flag
FROM (SELECT COALESCE(l.accounted_dr, 0) - COALESCE(l.accounted_cr, 0) AS amount
 FROM gl_je_lines l
 JOIN gl_je_headers h ON h.je_header_id = l.je_header_id
 WHERE h.status = 'P' AND l.status = 'P' AND h.actual_flag = 'A' AND h.currency_code <> 'STAT'
  AND h.posted_date >= TO_DATE(:P_FROM, 'YYYY-MM-DD') AND h.posted_date < TO_DATE(:P_NEXT, 'YYYY-MM-DD')) t
