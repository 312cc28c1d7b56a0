/**
 * The tables as the migrations make them. Written by src/db/generate-types.ts (npm run generate); do not edit.
 */

import type { ColumnType } from 'kysely'

export type ArrayType<T> = ArrayTypeImpl<T> extends (infer U)[] ? U[] : ArrayTypeImpl<T>

export type ArrayTypeImpl<T> = T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S[], I[], U[]> : T[]

export type Generated<T> =
  T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>

export type Json = JsonValue

export type JsonArray = JsonValue[]

export type JsonObject = {
  [x: string]: JsonValue | undefined
}

export type JsonPrimitive = boolean | number | string | null

export type JsonValue = JsonArray | JsonObject | JsonPrimitive

export type Timestamp = ColumnType<Date, Date | string, Date | string>

export interface Account {
  created_at: Generated<Timestamp>
  email: string
  id: Generated<string>
  name: string
  password_hash: string
  timezone: string | null
}

export interface AiProvider {
  access_key_id: string | null
  answers: Generated<'schema' | 'json' | 'text'>
  base_url: string | null
  created_at: Generated<Timestamp>
  health: Generated<'unknown' | 'ok' | 'failing'>
  health_at: Timestamp | null
  health_detail: string | null
  id: Generated<string>
  input_price: number | null
  is_chat: Generated<boolean>
  kind: 'openai' | 'anthropic' | 'bedrock' | 'openai-compatible'
  model: string
  name: string
  output_price: number | null
  region: string | null
  secret: string | null
  updated_at: Generated<Timestamp>
  version: Generated<number>
  workspace_id: number
}

export interface AiSettings {
  monthly_tokens: number | null
  monthly_usd: number | null
  workspace_id: number
}

export interface AiUsage {
  actor: string
  calls: number
  campaign_id: string | null
  cost_usd: number | null
  created_at: Generated<Timestamp>
  duration_ms: number
  id: Generated<number>
  input_tokens: number
  kind: 'workflow' | 'text' | 'test'
  model: string
  outcome: string
  output_tokens: number
  provider_id: string | null
  workspace_id: number
}

export interface AnalyticsCount {
  again: boolean
  campaign_id: string
  day: string
  key: string
  kind: string
  label: string
  n: number
  product_id: string
  split_branch: string
  split_node: string
  version: number
  workspace_id: number
}

export interface AnalyticsFunnel {
  again: boolean
  campaign_id: string
  channel: string
  clicked: number
  day: string
  delivered: number
  enrolled: number
  handoff: number
  machine_clicked: number
  machine_opened: number
  opened: number
  product_id: string
  replied: number
  sent: number
  split_branch: string
  split_node: string
  version: number
  workspace_id: number
}

export interface AnalyticsMessage {
  again: boolean
  bounced: number
  campaign_id: string
  channel: string
  clicked: number
  complained: number
  day: string
  delivered: number
  machine_clicked: number
  machine_opened: number
  message_product_id: string
  messages: number
  node_id: string
  opened: number
  outcome: string
  product_id: string
  replied: number
  sent: number
  split_branch: string
  split_node: string
  unconfirmed: number
  unsubscribed: number
  version: number
  workspace_id: number
}

export interface AnalyticsPending {
  id: Generated<number>
  run_ids: ArrayType<number>
}

export interface AnalyticsRecount {
  after_run_id: Generated<number>
  workspace_id: number
}

export interface AnalyticsRun {
  again: boolean
  campaign_id: string
  channel_stages: number[]
  channels: string[]
  customer_id: string | null
  day: string
  failing: boolean
  goals: Generated<string[]>
  keys: Generated<ArrayType<number>>
  link_human: boolean[]
  link_nodes: string[]
  link_urls: string[]
  message_channels: string[]
  message_nodes: string[]
  message_outcomes: string[]
  message_products: string[]
  message_reply_times: number[]
  message_sent_days: Generated<string[]>
  message_stages: number[]
  node_id: string
  product_id: string
  reason: string
  run_id: number
  split_branches: string[]
  split_nodes: string[]
  stages: number
  started_at: Timestamp
  status: string
  step_first: boolean[]
  step_labels: string[]
  step_nodes: string[]
  version: number
  workspace_id: number
}

export interface ApiKey {
  created_at: Generated<Timestamp>
  created_by: string | null
  expires_at: Timestamp | null
  id: Generated<string>
  key_hash: Buffer
  last_used_at: Timestamp | null
  name: string
  prefix: string
  revoked_at: Timestamp | null
  role: 'owner' | 'admin' | 'member'
  workspace_id: number
}

export interface AuditLog {
  action: string
  actor: string
  at: Generated<Timestamp>
  detail: Generated<Json>
  id: Generated<number>
  ip: string | null
  object_id: string | null
  object_type: string
  request_id: string | null
  workspace_id: number
}

export interface BuilderPresence {
  campaign_id: string
  member_id: string
  node_id: string | null
  seen_at: Generated<Timestamp>
  tab: string
  workspace_id: number
}

export interface BusCursor {
  id: number
  name: string
  xid: string
}

export interface Campaign {
  activated_at: Timestamp | null
  archived_at: Timestamp | null
  audience: Json | null
  created_at: Generated<Timestamp>
  created_by: string | null
  data: Generated<Json>
  description: Generated<string>
  draft_at: Timestamp | null
  draft_by: string | null
  draft_touched: Generated<Json>
  enroll_mode: Generated<'keep' | 'now' | 'none'>
  exclude_segment_id: string | null
  exit_on_audience_leave: Generated<boolean>
  graph_version: Generated<number>
  holdout_percent: Generated<number>
  id: Generated<string>
  leavers_checked_at: Timestamp | null
  leaving: Json | null
  leaving_cursor: string | null
  lock_key: Generated<number>
  matches_checked_at: Timestamp | null
  matches_cursor: string | null
  name: string
  owner_id: string | null
  paused_at: Timestamp | null
  paused_total: Generated<string>
  runs_closed_at: Timestamp | null
  spread_clock: Timestamp | null
  spread_from: Timestamp | null
  spread_released: Generated<number>
  spread_total: Generated<number>
  spread_until: Timestamp | null
  status: Generated<'draft' | 'active' | 'paused' | 'completed' | 'archived'>
  updated_at: Generated<Timestamp>
  version: Generated<number>
  version_id: number | null
  workspace_id: number
}

export interface CampaignMove {
  at: Generated<Timestamp>
  by: string
  campaign_id: string
  detail: Generated<Json>
  from_status: string
  id: Generated<number>
  to_status: string
}

export interface CampaignProduct {
  campaign_id: string
  is_primary: Generated<boolean>
  product_id: string
}

export interface Company {
  attributes: Generated<Json>
  created_at: Generated<Timestamp>
  domain: string | null
  id: Generated<string>
  industry: string | null
  name: string
  updated_at: Generated<Timestamp>
  version: Generated<number>
  workspace_id: number
}

export interface Credential {
  archived_at: Timestamp | null
  config: Generated<Json>
  created_at: Generated<Timestamp>
  failures: Generated<number>
  health: Generated<'unknown' | 'ok' | 'dead'>
  health_at: Timestamp | null
  health_detail: string | null
  held_until: Timestamp | null
  id: Generated<string>
  limits: Generated<Json>
  name: string
  secret: string | null
  secret_set_at: Timestamp | null
  type: 'smtp' | 'telegram' | 'linkedin' | 'sandbox'
  updated_at: Generated<Timestamp>
  version: Generated<number>
  workspace_id: number
}

export interface CredentialBucket {
  credential_id: string
  period: 'second' | 'hour' | 'day'
  refilled_at: Generated<Timestamp>
  tokens: number
}

export interface Customer {
  archived_at: Timestamp | null
  attributes: Generated<Json>
  claimed_by: string | null
  company_id: string | null
  country: string | null
  created_at: Generated<Timestamp>
  email: string | null
  erased_at: Timestamp | null
  external_id: string | null
  first_name: string | null
  id: Generated<string>
  language: string | null
  last_name: string | null
  linkedin_url: string | null
  merged_into: string | null
  phone: string | null
  tags: Generated<string[]>
  telegram_chat_id: string | null
  timezone: string | null
  tracking_consent: 'yes' | 'no' | null | null
  updated_at: Generated<Timestamp>
  version: Generated<number>
  workspace_id: number
}

export interface CustomerNote {
  by: string
  created_at: Generated<Timestamp>
  customer_id: string
  id: Generated<string>
  text: string
  workspace_id: number
}

export interface Demo {
  account_id: string | null
  attempt: Generated<number>
  begun: Generated<boolean>
  created_at: Generated<Timestamp>
  error: string | null
  facts: Generated<Json>
  stage: Generated<number>
  state: Generated<'loading' | 'ready' | 'failed' | 'removing'>
  workspace_id: number
}

export interface DraftCheckpoint {
  campaign_id: string
  graph: Json
  graph_version: number
  id: Generated<string>
  made_at: Generated<Timestamp>
  made_by: string
  reason: 'opened' | 'ai'
  workspace_id: number
}

export interface Edge {
  campaign_id: string
  id: string
  position: number
  source: string
  target: string
  when: string | null
}

export interface Event {
  at: Timestamp
  campaign_id: string | null
  customer_id: string
  id: Generated<number>
  message_id: number | null
  name: string
  node_id: string | null
  occurred_at: Timestamp
  properties: Generated<Json>
  run_id: number | null
  workspace_id: number
  xid: Generated<string>
}

export interface EventKey {
  created_at: Generated<Timestamp>
  digest: Buffer
  workspace_id: number
}

export interface EventName {
  first_at: Generated<Timestamp>
  name: string
  properties: Generated<string[]>
  workspace_id: number
}

export interface Example {
  campaign_id: string
  customer_ids: string[]
  loaded_at: Generated<Timestamp>
  segment_id: string
  state: Generated<'loaded' | 'removing'>
  workspace_id: number
}

export interface Firing {
  audience: Json
  by: string
  campaign_id: string
  cursor: string | null
  customer_id: string | null
  enrolled: Generated<number>
  error: string | null
  exclude_segment_id: string | null
  finished_at: Timestamp | null
  id: Generated<string>
  matched: Generated<number>
  payload: Json | null
  skipped: Generated<Json>
  started_at: Generated<Timestamp>
  status: 'scheduled' | 'running' | 'held' | 'done' | 'stopped' | 'refused' | 'failed' | 'missed'
  times: Generated<number>
  trigger_id: string | null
  type: string
  workspace_id: number
}

export interface FiringPayload {
  customer_id: string
  firing_id: string
  payload: Json
}

export interface FitAssessment {
  at: Generated<Timestamp>
  criterion_id: string
  customer_id: string
  delta: number | null
  id: Generated<number>
  score: number
  source: Json
  workspace_id: number
}

export interface FitCriterion {
  created_at: Generated<Timestamp>
  deleted_at: Timestamp | null
  id: Generated<string>
  name: string
  params: Generated<Json>
  product_id: string
  type: 'profile' | 'engagement' | 'conversation'
  version: Generated<number>
  weight: number
  workspace_id: number
}

export interface FitScore {
  criterion_id: string
  customer_id: string
  delta: Generated<number>
  score: number
  updated_at: Generated<Timestamp>
  workspace_id: number
}

export interface HttpRequest {
  attempt: Generated<number>
  campaign_id: string
  customer_id: string
  due_at: Generated<Timestamp>
  fence: Generated<number>
  finished_at: Timestamp | null
  id: Generated<number>
  lease_until: Timestamp | null
  node_id: string
  ok: boolean | null
  queued_at: Generated<Timestamp>
  request: Json | null
  run_id: number
  state: Generated<'queued' | 'handing' | 'done' | 'withdrawn'>
  status: number | null
  workspace_id: number
}

export interface IdempotencyKey {
  body_hash: Buffer
  created_at: Generated<Timestamp>
  key: string
  response: Json | null
  route: string
  status: number | null
  workspace_id: number
}

export interface Import {
  alive_at: Generated<Timestamp>
  by: string
  checked: Json | null
  created: Generated<number>
  error: string | null
  fence: Generated<number>
  file_name: string | null
  finished_at: Timestamp | null
  id: Generated<string>
  mapping: Generated<Json>
  received: Generated<number>
  rejected: Generated<number>
  rows_read: Generated<number>
  size: number | null
  started_at: Generated<Timestamp>
  status: 'uploading' | 'uploaded' | 'checking' | 'checked' | 'running' | 'done' | 'failed' | 'canceled'
  tries: Generated<number>
  unchanged: Generated<number>
  updated: Generated<number>
  workspace_id: number
}

export interface ImportPiece {
  at: number
  bytes: Buffer
  import_id: string
}

export interface ImportReject {
  checked: Generated<boolean>
  code: string
  import_id: string
  line: number
  message: string
  row_text: string | null
}

export interface Invitation {
  accepted_at: Timestamp | null
  created_at: Generated<Timestamp>
  email: string
  expires_at: Timestamp
  id: Generated<string>
  invited_by: string | null
  role: 'admin' | 'member'
  token_hash: Buffer
  workspace_id: number
}

export interface Job {
  alive_at: Generated<Timestamp>
  by: string
  changed: Generated<number>
  cursor: string | null
  done: Generated<number>
  error: string | null
  fence: Generated<number>
  fetched_at: Timestamp | null
  finished_at: Timestamp | null
  id: Generated<string>
  input: Json
  kind: 'bulk' | 'export'
  started_at: Generated<Timestamp>
  status: Generated<'running' | 'done' | 'failed' | 'canceled'>
  total: number | null
  tries: Generated<number>
  workspace_id: number
}

export interface JobPiece {
  bytes: Buffer
  job_id: string
  number: number
}

export interface Member {
  account_id: string
  id: Generated<string>
  joined_at: Generated<Timestamp>
  last_seen_at: Timestamp | null
  left_at: Timestamp | null
  role: 'owner' | 'admin' | 'member'
  sandbox_seen_id: Generated<number>
  workspace_id: number
}

export interface Message {
  attempt: Generated<number>
  bounced_at: Timestamp | null
  campaign_id: string
  channel: string
  clicked_at: Timestamp | null
  complained_at: Timestamp | null
  credential_id: string
  customer_id: string
  delivered_at: Timestamp | null
  fence: Generated<number>
  handed_at: Timestamp | null
  header_id: string | null
  id: Generated<number>
  lease_until: Timestamp | null
  machine_clicked_at: Timestamp | null
  machine_opened_at: Timestamp | null
  node_id: string
  opened_at: Timestamp | null
  product_id: string | null
  provider_id: string | null
  queued_at: Generated<Timestamp>
  reason: string | null
  replied_at: Timestamp | null
  response: string | null
  run_id: number
  send_after: Generated<Timestamp>
  sent_at: Timestamp | null
  state: Generated<'queued' | 'claimed' | 'handing' | 'sent' | 'refused' | 'failed' | 'unconfirmed' | 'skipped'>
  transactional: Generated<boolean>
  unsubscribed_at: Timestamp | null
  worker: string | null
  workspace_id: number
}

export interface MessageContent {
  at: Generated<Timestamp>
  from_address: Generated<string>
  html: string | null
  links: Generated<string[]>
  message_id: number
  subject: string
  text: string
  to_address: string
  workspace_id: number
}

export interface Node {
  campaign_id: string
  config: Generated<Json>
  id: string
  position: number
  title: Generated<string>
  type: string
}

export interface PasswordReset {
  account_id: string
  created_at: Generated<Timestamp>
  expires_at: Timestamp
  token_hash: Buffer
}

export interface Product {
  attributes: Generated<Json>
  created_at: Generated<Timestamp>
  description: string | null
  id: Generated<string>
  name: string
  status: Generated<'draft' | 'active' | 'archived'>
  updated_at: Generated<Timestamp>
  url: string | null
  version: Generated<number>
  workspace_id: number
}

export interface Run {
  attempt: Generated<number>
  awaiting: string | null
  campaign_id: string
  customer_id: string
  entered_at: Generated<Timestamp>
  entry: Generated<number>
  error: Json | null
  finished_at: Timestamp | null
  firing_id: string | null
  id: Generated<number>
  node_id: string
  outputs: Json | null
  product_id: string | null
  reason: string | null
  started_at: Generated<Timestamp>
  status: Generated<string>
  steps: Generated<number>
  version_id: number | null
  wake_at: Timestamp | null
  wake_on: Timestamp | null
  workspace_id: number
}

export interface RunGoal {
  at: Timestamp
  campaign_id: string
  customer_id: string
  marked_at: Generated<Timestamp>
  node_id: string
  run_id: number
  version_id: number | null
  why: Json | null
  workspace_id: number
}

export interface RunInbox {
  at: Generated<Timestamp>
  campaign_id: string
  id: Generated<number>
  name: string
  payload: Generated<Json>
  run_id: number
}

export interface SandboxMail {
  actions: Generated<Json>
  from_address: string
  headers: Generated<Json>
  html: string | null
  id: Generated<number>
  message_id: number | null
  received_at: Generated<Timestamp>
  subject: string
  text: string
  to_address: string
  workspace_id: number
}

export interface SchemaMigration {
  applied_at: Generated<Timestamp>
  name: string
  sha256: string
}

export interface ScoreJob {
  by: string
  changed: Generated<number>
  company_id: string | null
  criterion_id: string | null
  cursor: string | null
  finished_at: Timestamp | null
  id: Generated<string>
  looked_at: Generated<number>
  product_id: string | null
  started_at: Generated<Timestamp>
  status: Generated<'running' | 'done' | 'stopped'>
  total: number
  workspace_id: number
}

export interface Segment {
  created_at: Generated<Timestamp>
  description: string | null
  id: Generated<string>
  kind: 'static' | 'dynamic'
  name: string
  rules: Json | null
  updated_at: Generated<Timestamp>
  version: Generated<number>
  workspace_id: number
}

export interface SegmentMember {
  added_at: Generated<Timestamp>
  customer_id: string
  segment_id: string
  workspace_id: number
}

export interface Session {
  account_id: string
  created_at: Generated<Timestamp>
  expires_at: Timestamp
  id: Generated<string>
  ip: string | null
  seen_at: Generated<Timestamp>
  token_hash: Buffer
  user_agent: string | null
  workspace_id: number
}

export interface Simulation {
  campaign_id: string
  done: Generated<number>
  id: string
  seen_at: Generated<Timestamp>
  total: number | null
  workspace_id: number
}

export interface Step {
  at: Timestamp
  customer_id: string
  entered_at: Timestamp
  label: string | null
  node_id: string
  output: Json | null
  run_id: number
  seq: number
  version_id: number | null
  why: Json | null
  workspace_id: number
}

export interface Suppression {
  address: string | null
  address_hash: Buffer | null
  campaign_id: string | null
  channel: 'all' | 'email' | 'telegram' | 'linkedin'
  created_at: Generated<Timestamp>
  customer_id: string | null
  id: Generated<string>
  lifted_at: Timestamp | null
  reason: 'bounce' | 'unsubscribe' | 'complaint' | 'manual'
  source: string
  workspace_id: number
}

export interface Tag {
  color: string | null
  name: string
  workspace_id: number
}

export interface Tally {
  campaign_id: string
  key: Generated<string>
  metric: string
  n: number
  workspace_id: number
}

export interface Task {
  assignee_id: string | null
  campaign_id: string | null
  created_at: Generated<Timestamp>
  customer_id: string | null
  done_at: Timestamp | null
  done_by: string | null
  due_at: Timestamp | null
  id: Generated<string>
  kind: Generated<'todo' | 'handoff' | 'linkedin'>
  node_id: string | null
  note: string | null
  run_id: number | null
  title: string
  workspace_id: number
}

export interface TelegramReader {
  bot_id: number
  lease_until: Timestamp | null
  next_update: Generated<number>
  worker: string | null
}

export interface Template {
  archived_at: Timestamp | null
  body: Generated<string>
  channel: Generated<'email' | 'telegram' | 'linkedin' | 'ai'>
  created_at: Generated<Timestamp>
  id: Generated<string>
  name: string
  subject: Generated<string>
  updated_at: Generated<Timestamp>
  version: Generated<number>
  workspace_id: number
}

export interface TemplateVersion {
  body: string
  number: number
  saved_at: Generated<Timestamp>
  saved_by: string | null
  subject: string
  template_id: string
}

export interface TrackingHit {
  at: Generated<Timestamp>
  id: Generated<number>
  kind: 'open' | 'click' | 'unsubscribe_page'
  link: number | null
  message_id: number
  method: string
  network: string | null
  user_agent: string | null
  verdict: 'human' | 'machine' | 'proxy' | 'pending'
  workspace_id: number
}

export interface Trigger {
  campaign_id: string
  config: Generated<Json>
  created_at: Generated<Timestamp>
  created_by: string
  deleted_at: Timestamp | null
  enabled: Generated<boolean>
  heard_from: Generated<Timestamp>
  id: Generated<string>
  next_at: Timestamp | null
  path: string | null
  previous_secret: string | null
  previous_secret_until: Timestamp | null
  secret: string | null
  snapshot: Generated<number>
  snapshot_at: Timestamp | null
  snapshot_cursor: string | null
  type: 'manual' | 'schedule' | 'webhook' | 'event'
  updated_at: Generated<Timestamp>
  version: Generated<number>
  workspace_id: number
}

export interface TriggerAudience {
  customer_id: string
  snapshot: number
  trigger_id: string
}

export interface Webhook {
  created_at: Generated<Timestamp>
  enabled: Generated<boolean>
  events: string[]
  failing_since: Timestamp | null
  hears_from: Generated<Timestamp>
  id: Generated<string>
  name: string
  off_at: Timestamp | null
  off_reason: 'gone' | 'failing' | null | null
  previous_secret: string | null
  previous_until: Timestamp | null
  secret: string
  updated_at: Generated<Timestamp>
  url: string
  version: Generated<number>
  workspace_id: number
}

export interface WebhookAttempt {
  at: Timestamp
  delivery_id: string
  id: Generated<number>
  reason: string | null
  request_headers: Generated<Json>
  response: string | null
  status: number | null
  took_ms: number
}

export interface WebhookDelivery {
  attempt: Generated<number>
  body: string | null
  created_at: Generated<Timestamp>
  customer_id: string | null
  due_at: Generated<Timestamp>
  event: string
  finished_at: Timestamp | null
  id: Generated<string>
  lease_until: Timestamp | null
  reason: string | null
  source: string
  state: Generated<'queued' | 'handing' | 'delivered' | 'failed'>
  webhook_id: string
  workspace_id: number
}

export interface WebhookKey {
  at: Generated<Timestamp>
  firing_id: string
  id: string
  trigger_id: string
}

export interface WebhookRefusal {
  at: Generated<Timestamp>
  detail: string
  minute: Timestamp
  reason: string
  times: Generated<number>
  trigger_id: string
  webhook_id: string | null
}

export interface WorkflowVersion {
  campaign_id: string
  draft_version: number | null
  goals: Generated<string[]>
  graph: Json
  id: Generated<number>
  listens: Generated<string[]>
  note: string | null
  number: number
  published_at: Generated<Timestamp>
  published_by: string
}

export interface Workspace {
  address_salt: Generated<Buffer>
  created_at: Generated<Timestamp>
  frequency_cap_per_day: number | null
  id: Generated<number>
  name: string
  postal_address: string | null
  stop_sending: Generated<boolean>
  timezone: Generated<string>
  tracking_consent_default: Generated<'yes' | 'no'>
  updated_at: Generated<Timestamp>
  version: Generated<number>
}

export interface DB {
  account: Account
  ai_provider: AiProvider
  ai_settings: AiSettings
  ai_usage: AiUsage
  analytics_count: AnalyticsCount
  analytics_funnel: AnalyticsFunnel
  analytics_message: AnalyticsMessage
  analytics_pending: AnalyticsPending
  analytics_recount: AnalyticsRecount
  analytics_run: AnalyticsRun
  api_key: ApiKey
  audit_log: AuditLog
  builder_presence: BuilderPresence
  bus_cursor: BusCursor
  campaign: Campaign
  campaign_move: CampaignMove
  campaign_product: CampaignProduct
  company: Company
  credential: Credential
  credential_bucket: CredentialBucket
  customer: Customer
  customer_note: CustomerNote
  demo: Demo
  draft_checkpoint: DraftCheckpoint
  edge: Edge
  event: Event
  event_key: EventKey
  event_name: EventName
  example: Example
  firing: Firing
  firing_payload: FiringPayload
  fit_assessment: FitAssessment
  fit_criterion: FitCriterion
  fit_score: FitScore
  http_request: HttpRequest
  idempotency_key: IdempotencyKey
  import: Import
  import_piece: ImportPiece
  import_reject: ImportReject
  invitation: Invitation
  job: Job
  job_piece: JobPiece
  member: Member
  message: Message
  message_content: MessageContent
  node: Node
  password_reset: PasswordReset
  product: Product
  run: Run
  run_goal: RunGoal
  run_inbox: RunInbox
  sandbox_mail: SandboxMail
  schema_migration: SchemaMigration
  score_job: ScoreJob
  segment: Segment
  segment_member: SegmentMember
  session: Session
  simulation: Simulation
  step: Step
  suppression: Suppression
  tag: Tag
  tally: Tally
  task: Task
  telegram_reader: TelegramReader
  template: Template
  template_version: TemplateVersion
  tracking_hit: TrackingHit
  trigger: Trigger
  trigger_audience: TriggerAudience
  webhook: Webhook
  webhook_attempt: WebhookAttempt
  webhook_delivery: WebhookDelivery
  webhook_key: WebhookKey
  webhook_refusal: WebhookRefusal
  workflow_version: WorkflowVersion
  workspace: Workspace
}
