-- Of an archived customer: whom they were merged into.
alter table customer add column merged_into uuid;
