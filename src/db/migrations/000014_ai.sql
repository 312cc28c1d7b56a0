-- Models that may write workflows and texts, what they used, and how much of it a month may cost.
create table ai_provider (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  kind text not null check (kind in ('openai', 'anthropic', 'bedrock', 'openai-compatible')),
  name text not null,
  base_url text,
  region text,
  access_key_id text,
  model text not null,
  -- Sealed (TRUST S9); null where the server wants none, as a local Ollama.
  secret text,
  -- The one that AI Generate asks.
  is_chat boolean not null default false,
  -- How it is asked for JSON: by a schema, by "JSON mode", or by words alone. Found out by the test.
  answers text not null default 'schema' check (answers in ('schema', 'json', 'text')),
  -- US dollars for a million tokens; null = not known.
  input_price double precision,
  output_price double precision,
  health text not null default 'unknown' check (health in ('unknown', 'ok', 'failing')),
  health_detail text,
  health_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on ai_provider (workspace_id, id);
create unique index ai_provider_one_chat on ai_provider (workspace_id) where is_chat;

create table ai_settings (
  workspace_id integer primary key references workspace on delete cascade,
  -- Null = no limit.
  monthly_usd double precision,
  monthly_tokens bigint
);

-- What was asked of a model and what it used; never the words.
create table ai_usage (
  id bigint generated always as identity primary key,
  workspace_id integer not null references workspace on delete cascade,
  actor text not null,
  campaign_id uuid,
  provider_id uuid,
  model text not null,
  kind text not null check (kind in ('workflow', 'text', 'test')),
  calls integer not null,
  input_tokens integer not null,
  output_tokens integer not null,
  cost_usd double precision,
  -- `ok`, or the code of what went wrong.
  outcome text not null,
  duration_ms integer not null,
  created_at timestamptz not null default now()
);
create index on ai_usage (workspace_id, id);
create index on ai_usage (workspace_id, created_at);
