-- purpose: every key that is not equal, both sides beside each other with the lines they stand on and the text as it was delivered
-- reads: compare_key, compare_row
-- writes: compare_unequal
-- parameters: none
-- invariant: one row per key whose class is not equal; lists in line order, joined by ;
with chosen as (select * from compare_key where status <> 'equal'),
texts as (
    -- lists only where a key has several rows or a text that is no number: everything else is one line of either side
    select
        key, string_agg(line::varchar, ';' order by line) filter (where side = 'left') as left_lines,
        string_agg(line::varchar, ';' order by line) filter (where side = 'right') as right_lines,
        string_agg(coalesce(amount_text, ''), ';' order by line) filter (where side = 'left') as left_amount_text,
        string_agg(coalesce(amount_text, ''), ';' order by line) filter (where side = 'right') as right_amount_text,
        string_agg(points_text, ';' order by line) filter (where side = 'left') as left_points_text,
        string_agg(points_text, ';' order by line) filter (where side = 'right') as right_points_text
    from compare_row
    where key in (select key from chosen where status = 'unreadable' or left_count > 1 or right_count > 1)
    group by key
)
select
    c.key, c.status, c.left_line, c.right_line, c.left_count, c.right_count, coalesce(t.left_lines, c.left_line::varchar) as left_lines,
    coalesce(t.right_lines, c.right_line::varchar) as right_lines, c.left_amount, c.right_amount,
    coalesce(c.left_amount, 0) - coalesce(c.right_amount, 0) as difference_amount, c.left_points, c.right_points,
    coalesce(c.left_points, 0) - coalesce(c.right_points, 0) as difference_points, t.left_amount_text, t.right_amount_text, t.left_points_text, t.right_points_text,
    case c.status
        when 'unreadable' then 'a number cannot be read exactly: ' || concat_ws(' | ', t.left_amount_text, t.right_amount_text, t.left_points_text, t.right_points_text)
        when 'duplicate_both' then 'the key stands ' || c.left_count || ' times on the left and ' || c.right_count || ' times on the right; sums are shown'
        when 'duplicate_left' then 'the key stands ' || c.left_count || ' times on the left; sums are shown'
        when 'duplicate_right' then 'the key stands ' || c.right_count || ' times on the right; sums are shown'
        when 'zero_left' then 'only on the left, and zero'
        when 'zero_right' then 'only on the right, and zero'
        when 'only_left' then 'only on the left'
        when 'only_right' then 'only on the right'
        when 'points_differ' then 'points differ'
        when 'amount_differs' then 'money differs beyond the tolerance'
        else 'money differs within the tolerance'
    end as explanation
from chosen as c
left join texts as t on t.key = c.key
