import type { Migration } from './migration.ts';

/**
 * The first schema. Which index serves what:
 * - item_of: look-ups by id, of one owner or any; one id per kind, region and owner;
 * - item_list: lists in order of creation, heads without touching the rows;
 * - term_of: the number of an owner's kind and name, and tags of an owner by key; term_named: shared things of others;
 * - entry's key: items by an entry, in order of creation; entry_of_item: the entries of an item;
 * - operation_due: what may be claimed; operation_of: what a subject waits for.
 */
export const items: Migration = {
  version: 1,
  statements: [
    `create table item (seq {serial}, kind {text} not null, account {text} not null, region {text} not null,
      id {text} not null, generation bigint not null, body {text} not null)`,
    'create unique index item_of on item (id, account, region, kind)',
    'create index item_list on item (kind, region, account, seq, id, generation)',
    `create table term (seq {serial}, account {text} not null, region {text} not null, name {text} not null,
      kind {text} not null)`,
    'create unique index term_of on term (account, region, name, kind)',
    'create index term_named on term (name, kind, region)',
    `create table entry (term bigint not null, value {text} not null, seq bigint not null,
      primary key (term, value, seq)) {clustered}`,
    'create index entry_of_item on entry (seq)',
    `create table revision (account {text} not null, region {text} not null, kind {text} not null,
      value bigint not null, primary key (account, region, kind)) {clustered}`,
    `create table usage (account {text} not null, region {text} not null, name {text} not null,
      value bigint not null, primary key (account, region, name)) {clustered}`,
    `create table operation (seq {serial}, id {text} not null unique, account {text} not null, region {text} not null,
      name {text} not null, subject {text} not null, input {text} not null, journal {text} not null,
      fence bigint not null, due_at bigint not null, attempts bigint not null, lease_owner {text},
      lease_until bigint not null, created_at bigint not null)`,
    'create index operation_due on operation (due_at, lease_until)',
    'create index operation_of on operation (subject, seq)',
    `create table shelf (name {text} not null, key {text} not null, value {text} not null,
      primary key (name, key)) {clustered}`,
  ],
};
