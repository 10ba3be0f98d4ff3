-- purpose: every key that is not equal, both sides beside each other with the lines they stand on and the text as it was delivered
-- reads: compare_key, compare_cell, compare_row, compare_measure, compare_suspect
-- writes: compare_unequal
-- parameters: none
-- invariant: one row per key whose class is not equal; values in the order of the measures, lines in their order joined by ;
with chosen as (select * from compare_key where status <> 'equal'),
measured as (
    select
        c.key, list(c.left_value order by c.measure) as left_values, list(c.right_value order by c.measure) as right_values,
        list((coalesce(c.left_value, 0) - coalesce(c.right_value, 0))::decimal(38, 12) order by c.measure) as difference_values,
        string_agg(m.name, ', ' order by c.measure) filter (where m.is_points and c.is_beyond) as points_apart,
        string_agg(m.name, ', ' order by c.measure) filter (where not m.is_points and c.is_beyond) as money_apart,
        string_agg(m.name, ', ' order by c.measure) filter (where not m.is_points and c.gap <> 0 and not c.is_beyond) as money_within
    from compare_cell as c
    semi join chosen as k on k.key = c.key
    join compare_measure as m on m.measure = c.measure
    group by c.key
),
texts as (
    -- lists only where a key has several rows or a text that is no number: everything else is one line of either side
    select
        key, string_agg(line::varchar, ';' order by line) filter (where side = 'left' and measure = 0) as left_lines,
        string_agg(line::varchar, ';' order by line) filter (where side = 'right' and measure = 0) as right_lines,
        string_agg(coalesce(text, ''), ';' order by line) filter (where side = 'left' and measure = 0) as left_amount_text,
        string_agg(coalesce(text, ''), ';' order by line) filter (where side = 'right' and measure = 0) as right_amount_text,
        string_agg(unread, ', ' order by measure, line) filter (where side = 'left' and not is_readable) as left_unread,
        string_agg(unread, ', ' order by measure, line) filter (where side = 'right' and not is_readable) as right_unread
    from (
        select r.*, coalesce(m.name || ' ' || nullif(r.text, ''), m.name || ' is empty') as unread
        from compare_row as r
        join compare_measure as m on m.measure = r.measure
    )
    where key in (select key from chosen where status = 'unreadable' or left_count > 1 or right_count > 1)
    group by key
),
named as (
    select
        s.key, any_value(s.names) as names, min(s.cells[1]) filter (where s.side = 'left') as left_cell, min(s.cells[1]) filter (where s.side = 'right') as right_cell
    from compare_suspect as s
    semi join chosen as k on k.key = s.key
    group by s.key
),
several as (select count(*) filter (where not is_points) > 1 as has_money, count(*) filter (where is_points) > 1 as has_points from compare_measure)
select
    c.key, n.names, c.status, coalesce(t.left_lines, c.left_line::varchar) as left_lines,
    coalesce(t.right_lines, c.right_line::varchar) as right_lines, m.left_values, m.right_values, m.difference_values,
    coalesce(t.left_amount_text, n.left_cell) as left_amount_text, coalesce(t.right_amount_text, n.right_cell) as right_amount_text,
    case c.status
        when 'unreadable' then 'a number cannot be read exactly: ' || concat_ws('; ', 'left ' || t.left_unread, 'right ' || t.right_unread)
        when 'duplicate_both' then 'the key stands ' || c.left_count || ' times on the left and ' || c.right_count || ' times on the right; sums are shown'
        when 'duplicate_left' then 'the key stands ' || c.left_count || ' times on the left; sums are shown'
        when 'duplicate_right' then 'the key stands ' || c.right_count || ' times on the right; sums are shown'
        when 'zero_left' then 'only on the left, and zero'
        when 'zero_right' then 'only on the right, and zero'
        when 'only_left' then 'only on the left'
        when 'only_right' then 'only on the right'
        when 'points_differ' then 'points differ' || case when s.has_points then ': ' || m.points_apart else '' end
            || case when s.has_money and m.money_apart is not null then '; money differs beyond the tolerance: ' || m.money_apart else '' end
        when 'amount_differs' then 'money differs beyond the tolerance' || case when s.has_money then ': ' || m.money_apart else '' end
        else 'money differs within the tolerance' || case when s.has_money then ': ' || m.money_within else '' end
    end as explanation
from chosen as c
cross join several as s
join measured as m on m.key = c.key
join named as n on n.key = c.key
left join texts as t on t.key = c.key
