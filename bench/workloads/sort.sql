-- SPDX-License-Identifier: MIT
-- Rows inserted in order and by text key, indexed, joined, grouped and sorted; all in memory.
create table item(id integer primary key, name text, size integer);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 150000)
insert into item select i, hex(i * 7919) || '-' || (i % 97), (i * 7919) % 10007 from n;
create index item_name on item(name);
create table tag(name text primary key, uses integer) without rowid;
insert or replace into tag select substr(name, 1, 6), count(*) from item group by 1;
select count(distinct substr(name, 3)) from item;
select sum(uses) from tag join item on tag.name = substr(item.name, 1, 6);
select count(*), max(name) from
    (select name, group_concat(size) over (partition by size % 50 order by name rows 3 preceding)
     from item order by size, name desc);
update item set name = lower(name) || size where id % 3 = 0;
delete from item where id % 5 = 0;
select count(*), min(name) from item;
