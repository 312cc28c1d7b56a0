-- Who reads a bot's updates, and up to where: one reader a bot over all processes, because the Bot API hands each update to whoever asks.
create table telegram_reader (
  bot_id bigint primary key,
  -- The first update that was not looked at yet.
  next_update bigint not null default 0,
  worker uuid,
  lease_until timestamptz
);

-- Whose chat an update comes from.
create index customer_telegram_chat on customer (workspace_id, telegram_chat_id) where telegram_chat_id is not null;
