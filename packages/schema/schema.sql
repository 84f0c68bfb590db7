-- The schema after all migrations, to read and to compare: not a migration.
-- Renewed by: CONDO_UPDATE_SCHEMA=1 node --test packages/schema/test/schema-drift.test.ts

create table audit_logs (
  id uuid not null,
  tenant_id uuid not null,
  actor_type text not null,
  actor_id text,
  action text not null,
  subject_type text not null,
  subject_id text,
  request_id text,
  address inet,
  before jsonb,
  after jsonb,
  created_at timestamp with time zone not null default now(),
  constraint audit_logs_pkey PRIMARY KEY (tenant_id, id),
  constraint audit_logs_actor_type_check CHECK ((actor_type = ANY (ARRAY['user'::text, 'key'::text, 'service'::text, 'operator'::text, 'anonymous'::text]))),
  constraint audit_logs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
alter table audit_logs enable row level security;
alter table audit_logs force row level security;
create policy platform on audit_logs to condo_platform
  using (true)
  with check (true);
create policy tenant on audit_logs to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant insert, select on audit_logs to condo_app;
grant insert, select on audit_logs to condo_platform;

create table outbox (
  id uuid not null,
  tenant_id uuid not null,
  type text not null,
  data jsonb not null,
  created_at timestamp with time zone not null default now(),
  relayed_at timestamp with time zone,
  constraint outbox_pkey PRIMARY KEY (tenant_id, id),
  constraint outbox_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX outbox_relayed ON public.outbox USING btree (relayed_at) WHERE (relayed_at IS NOT NULL);
CREATE INDEX outbox_waiting ON public.outbox USING btree (id) WHERE (relayed_at IS NULL);
alter table outbox enable row level security;
alter table outbox force row level security;
create policy platform on outbox to condo_platform
  using (true)
  with check (true);
create policy tenant on outbox to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on outbox to condo_app;
grant delete, insert, select, update on outbox to condo_platform;
CREATE TRIGGER outbox_announce AFTER INSERT ON public.outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_announce();

create table refresh_tokens (
  tenant_id uuid not null,
  token_hash bytea not null,
  session_id uuid not null,
  created_at timestamp with time zone not null default now(),
  rotated_at timestamp with time zone,
  constraint refresh_tokens_pkey PRIMARY KEY (tenant_id, token_hash),
  constraint refresh_tokens_token_hash_check CHECK ((length(token_hash) = 32)),
  constraint refresh_tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint refresh_tokens_tenant_id_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_by_session ON public.refresh_tokens USING btree (tenant_id, session_id);
alter table refresh_tokens enable row level security;
alter table refresh_tokens force row level security;
create policy platform on refresh_tokens to condo_platform
  using (true)
  with check (true);
create policy tenant on refresh_tokens to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on refresh_tokens to condo_app;
grant delete, insert, select, update on refresh_tokens to condo_platform;
comment on column refresh_tokens.rotated_at is 'When the token was exchanged for its successor; presenting it later than the grace ends the session.';

create table sessions (
  id uuid not null,
  tenant_id uuid not null,
  user_id uuid not null,
  address inet,
  user_agent text,
  created_at timestamp with time zone not null default now(),
  last_used_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  end_reason text,
  constraint sessions_pkey PRIMARY KEY (tenant_id, id),
  constraint sessions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint sessions_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX sessions_by_id ON public.sessions USING btree (id);
CREATE INDEX sessions_by_user ON public.sessions USING btree (tenant_id, user_id, created_at DESC);
alter table sessions enable row level security;
alter table sessions force row level security;
create policy platform on sessions to condo_platform
  using (true)
  with check (true);
create policy tenant on sessions to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on sessions to condo_app;
grant delete, insert, select, update on sessions to condo_platform;

create table signing_keys (
  kid text not null,
  alg text not null,
  public_jwk jsonb not null,
  private_key_sealed bytea not null,
  state text not null,
  created_at timestamp with time zone not null default now(),
  constraint signing_keys_pkey PRIMARY KEY (kid),
  constraint signing_keys_state_check CHECK ((state = ANY (ARRAY['next'::text, 'current'::text, 'previous'::text])))
);
CREATE UNIQUE INDEX signing_keys_one_current ON public.signing_keys USING btree (state) WHERE (state = 'current'::text);
alter table signing_keys enable row level security;
alter table signing_keys force row level security;
create policy keys on signing_keys to condo_app
  using (true)
  with check (true);
grant delete, insert, select, update on signing_keys to condo_app;

create table tenants (
  id uuid not null,
  slug text not null,
  name text not null,
  domain text,
  status text not null default 'active'::text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tenants_pkey PRIMARY KEY (id),
  constraint tenants_domain_key UNIQUE (domain),
  constraint tenants_slug_key UNIQUE (slug),
  constraint tenants_domain_check CHECK ((domain = lower(domain))),
  constraint tenants_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  constraint tenants_slug_check CHECK ((slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text)),
  constraint tenants_status_check CHECK ((status = ANY (ARRAY['trial'::text, 'active'::text, 'suspended'::text, 'closing'::text, 'closed'::text])))
);
alter table tenants enable row level security;
alter table tenants force row level security;
create policy platform on tenants to condo_platform
  using (true)
  with check (true);
create policy tenant on tenants to condo_app
  using ((id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on tenants to condo_app;
grant delete, insert, select, update on tenants to condo_platform;

create table users (
  id uuid not null,
  tenant_id uuid not null,
  email text not null,
  password_hash text not null,
  first_name text not null,
  last_name text not null,
  role text not null,
  is_active boolean not null default true,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint users_pkey PRIMARY KEY (tenant_id, id),
  constraint users_tenant_id_email_key UNIQUE (tenant_id, email),
  constraint users_email_check CHECK (((email = lower(email)) AND (length(email) <= 320))),
  constraint users_role_check CHECK ((role = ANY (ARRAY['super_admin'::text, 'tenant_admin'::text, 'user'::text, 'readonly'::text]))),
  constraint users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX users_by_email ON public.users USING btree (email);
alter table users enable row level security;
alter table users force row level security;
create policy platform on users to condo_platform
  using (true)
  with check (true);
create policy tenant on users to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on users to condo_app;
grant delete, insert, select, update on users to condo_platform;

create table webhook_attempts (
  tenant_id uuid not null,
  delivery_id uuid not null,
  number integer not null,
  started_at timestamp with time zone not null,
  duration_ms integer not null,
  status_code integer,
  error text,
  response_excerpt text,
  constraint webhook_attempts_pkey PRIMARY KEY (tenant_id, delivery_id, number),
  constraint webhook_attempts_tenant_id_delivery_id_fkey FOREIGN KEY (tenant_id, delivery_id) REFERENCES webhook_deliveries(tenant_id, id) ON DELETE CASCADE,
  constraint webhook_attempts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
alter table webhook_attempts enable row level security;
alter table webhook_attempts force row level security;
create policy platform on webhook_attempts to condo_platform
  using (true)
  with check (true);
create policy tenant on webhook_attempts to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on webhook_attempts to condo_app;
grant delete, insert, select, update on webhook_attempts to condo_platform;

create table webhook_deliveries (
  id uuid not null,
  tenant_id uuid not null,
  event_id uuid not null,
  destination_id uuid not null,
  status text not null default 'pending'::text,
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone not null default now(),
  queued_until timestamp with time zone,
  lease_until timestamp with time zone,
  last_status_code integer,
  last_error text,
  created_at timestamp with time zone not null default now(),
  completed_at timestamp with time zone,
  constraint webhook_deliveries_pkey PRIMARY KEY (tenant_id, id),
  constraint webhook_deliveries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text, 'discarded'::text]))),
  constraint webhook_deliveries_tenant_id_destination_id_fkey FOREIGN KEY (tenant_id, destination_id) REFERENCES webhook_destinations(tenant_id, id),
  constraint webhook_deliveries_tenant_id_event_id_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES webhook_events(tenant_id, id) ON DELETE CASCADE,
  constraint webhook_deliveries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX webhook_deliveries_by_destination ON public.webhook_deliveries USING btree (tenant_id, destination_id, id DESC);
CREATE INDEX webhook_deliveries_by_event ON public.webhook_deliveries USING btree (tenant_id, event_id);
CREATE INDEX webhook_deliveries_dead ON public.webhook_deliveries USING btree (tenant_id, id DESC) WHERE (status = 'dead'::text);
CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (next_attempt_at) WHERE (status = 'pending'::text);
alter table webhook_deliveries enable row level security;
alter table webhook_deliveries force row level security;
create policy platform on webhook_deliveries to condo_platform
  using (true)
  with check (true);
create policy tenant on webhook_deliveries to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on webhook_deliveries to condo_app;
grant delete, insert, select, update on webhook_deliveries to condo_platform;
comment on column webhook_deliveries.id is 'A UUIDv7 that carries the time of its event''s id, and is derived from event and destination.';
comment on column webhook_deliveries.queued_until is 'Until when the queue is trusted to hold a job for the delivery; past it, the sweeper makes the job anew.';
comment on column webhook_deliveries.lease_until is 'Until when a worker that took the delivery may be sending it; nobody else sends it before.';

create table webhook_destination_secrets (
  id uuid not null,
  tenant_id uuid not null,
  destination_id uuid not null,
  secret_sealed bytea not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  constraint webhook_destination_secrets_pkey PRIMARY KEY (tenant_id, id),
  constraint webhook_destination_secrets_tenant_id_destination_id_fkey FOREIGN KEY (tenant_id, destination_id) REFERENCES webhook_destinations(tenant_id, id) ON DELETE CASCADE,
  constraint webhook_destination_secrets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX webhook_destination_secrets_by_destination ON public.webhook_destination_secrets USING btree (tenant_id, destination_id);
alter table webhook_destination_secrets enable row level security;
alter table webhook_destination_secrets force row level security;
create policy platform on webhook_destination_secrets to condo_platform
  using (true)
  with check (true);
create policy tenant on webhook_destination_secrets to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on webhook_destination_secrets to condo_app;
grant delete, insert, select, update on webhook_destination_secrets to condo_platform;

create table webhook_destinations (
  id uuid not null,
  tenant_id uuid not null,
  name text not null,
  url text not null,
  event_types text[] not null,
  is_active boolean not null default true,
  disabled_reason text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  deleted_at timestamp with time zone,
  constraint webhook_destinations_pkey PRIMARY KEY (tenant_id, id),
  constraint webhook_destinations_event_types_check CHECK (((cardinality(event_types) >= 1) AND (cardinality(event_types) <= 100))),
  constraint webhook_destinations_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  constraint webhook_destinations_url_check CHECK ((length(url) <= 2048)),
  constraint webhook_destinations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
alter table webhook_destinations enable row level security;
alter table webhook_destinations force row level security;
create policy platform on webhook_destinations to condo_platform
  using (true)
  with check (true);
create policy tenant on webhook_destinations to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on webhook_destinations to condo_app;
grant delete, insert, select, update on webhook_destinations to condo_platform;

create table webhook_events (
  id uuid not null,
  tenant_id uuid not null,
  source_id uuid not null,
  service_name text not null,
  event_type text not null,
  sender_event_id text,
  content_type text,
  headers jsonb not null,
  body bytea not null,
  received_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null default now(),
  constraint webhook_events_pkey PRIMARY KEY (tenant_id, id),
  constraint webhook_events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint webhook_events_tenant_id_source_id_fkey FOREIGN KEY (tenant_id, source_id) REFERENCES webhook_sources(tenant_id, id)
);
alter table webhook_events enable row level security;
alter table webhook_events force row level security;
create policy platform on webhook_events to condo_platform
  using (true)
  with check (true);
create policy tenant on webhook_events to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on webhook_events to condo_app;
grant delete, insert, select, update on webhook_events to condo_platform;

create table webhook_poison (
  id uuid not null,
  tenant_id uuid,
  reason text not null,
  entry bytea not null,
  set_aside_at timestamp with time zone not null default now(),
  constraint webhook_poison_pkey PRIMARY KEY (id)
);
alter table webhook_poison enable row level security;
alter table webhook_poison force row level security;
create policy platform on webhook_poison to condo_platform
  using (true)
  with check (true);
grant delete, insert, select on webhook_poison to condo_platform;
comment on table webhook_poison is 'Intake entries that can''t be recorded (their tenant or source is gone, or they can''t be read), kept whole.';

create table webhook_receipts (
  tenant_id uuid not null,
  source_id uuid not null,
  dedupe_key text not null,
  event_id uuid not null,
  received_at timestamp with time zone not null,
  constraint webhook_receipts_pkey PRIMARY KEY (tenant_id, source_id, dedupe_key),
  constraint webhook_receipts_dedupe_key_check CHECK ((length(dedupe_key) <= 300)),
  constraint webhook_receipts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint webhook_receipts_tenant_id_source_id_fkey FOREIGN KEY (tenant_id, source_id) REFERENCES webhook_sources(tenant_id, id) ON DELETE CASCADE
);
alter table webhook_receipts enable row level security;
alter table webhook_receipts force row level security;
create policy platform on webhook_receipts to condo_platform
  using (true)
  with check (true);
create policy tenant on webhook_receipts to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on webhook_receipts to condo_app;
grant delete, insert, select, update on webhook_receipts to condo_platform;
comment on table webhook_receipts is 'What has been seen, for dedupe: narrow and pruned by window, so that webhook_events can be dropped by time.';

create table webhook_source_secrets (
  id uuid not null,
  tenant_id uuid not null,
  source_id uuid not null,
  secret_sealed bytea not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  constraint webhook_source_secrets_pkey PRIMARY KEY (tenant_id, id),
  constraint webhook_source_secrets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint webhook_source_secrets_tenant_id_source_id_fkey FOREIGN KEY (tenant_id, source_id) REFERENCES webhook_sources(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_source_secrets_by_source ON public.webhook_source_secrets USING btree (tenant_id, source_id);
alter table webhook_source_secrets enable row level security;
alter table webhook_source_secrets force row level security;
create policy platform on webhook_source_secrets to condo_platform
  using (true)
  with check (true);
create policy tenant on webhook_source_secrets to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on webhook_source_secrets to condo_app;
grant delete, insert, select, update on webhook_source_secrets to condo_platform;

create table webhook_sources (
  id uuid not null,
  tenant_id uuid not null,
  service_name text not null,
  provider text not null,
  config jsonb not null default '{}'::jsonb,
  dedupe_window_seconds integer not null default 259200,
  is_active boolean not null default true,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  deleted_at timestamp with time zone,
  constraint webhook_sources_pkey PRIMARY KEY (tenant_id, id),
  constraint webhook_sources_dedupe_window_seconds_check CHECK (((dedupe_window_seconds >= 60) AND (dedupe_window_seconds <= 2592000))),
  constraint webhook_sources_service_name_check CHECK ((service_name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'::text)),
  constraint webhook_sources_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE UNIQUE INDEX webhook_sources_by_service ON public.webhook_sources USING btree (tenant_id, service_name) WHERE (deleted_at IS NULL);
alter table webhook_sources enable row level security;
alter table webhook_sources force row level security;
create policy platform on webhook_sources to condo_platform
  using (true)
  with check (true);
create policy tenant on webhook_sources to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on webhook_sources to condo_app;
grant delete, insert, select, update on webhook_sources to condo_platform;

CREATE OR REPLACE FUNCTION public.condo_tenant_id()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (NULLIF(current_setting('condo.tenant_id'::text, true), ''::text))::uuid;
grant execute on function condo_tenant_id() to condo_app;
grant execute on function condo_tenant_id() to condo_platform;
grant execute on function condo_tenant_id() to public;
comment on function condo_tenant_id() is 'The tenant that the transaction acts for; null when none is set, so that no row matches.';

CREATE OR REPLACE FUNCTION public.delivery_id(event_id uuid, destination_id uuid)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (((((substr(replace((event_id)::text, '-'::text, ''::text), 1, 12) || '7'::text) || substr(md5(((event_id)::text || (destination_id)::text)), 1, 3)) || '8'::text) || substr(md5(((event_id)::text || (destination_id)::text)), 4, 15)))::uuid;
grant execute on function delivery_id(uuid,uuid) to condo_app;
grant execute on function delivery_id(uuid,uuid) to condo_platform;
grant execute on function delivery_id(uuid,uuid) to public;

CREATE OR REPLACE FUNCTION public.event_type_matches(patterns text[], event_type text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (EXISTS (SELECT FROM unnest(event_type_matches.patterns) pattern(pattern) WHERE ((pattern.pattern = ANY (ARRAY['*'::text, event_type_matches.event_type])) OR (("right"(pattern.pattern, 2) = '.*'::text) AND starts_with(event_type_matches.event_type, "left"(pattern.pattern, '-1'::integer))))));
grant execute on function event_type_matches(text[],text) to condo_app;
grant execute on function event_type_matches(text[],text) to condo_platform;
grant execute on function event_type_matches(text[],text) to public;

CREATE OR REPLACE FUNCTION public.live_sessions(ids uuid[])
 RETURNS TABLE(session_id uuid, tenant_id uuid, tenant_slug text, user_id uuid, role text, email text, first_name text, last_name text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
BEGIN ATOMIC
 SELECT s.id,
     s.tenant_id,
     t.slug,
     s.user_id,
     u.role,
     u.email,
     u.first_name,
     u.last_name
    FROM ((sessions s
      JOIN users u ON (((u.tenant_id = s.tenant_id) AND (u.id = s.user_id))))
      JOIN tenants t ON ((t.id = s.tenant_id)))
   WHERE ((s.id = ANY (live_sessions.ids)) AND (s.ended_at IS NULL) AND (s.expires_at > now()) AND u.is_active AND (t.status = ANY (ARRAY['trial'::text, 'active'::text])));
END;
alter function live_sessions(uuid[]) owner to condo_platform;
grant execute on function live_sessions(uuid[]) to condo_app;
comment on function live_sessions(uuid[]) is 'Which of these sessions may act now, and as whom. The one place where logout, disabling and suspension show.';

CREATE OR REPLACE FUNCTION public.outbox_announce()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      perform pg_notify('condo_outbox', '');
      return null;
    end $function$;
grant execute on function outbox_announce() to public;

CREATE OR REPLACE FUNCTION public.resolve_tenant(reference text)
 RETURNS TABLE(id uuid, slug text, status text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
BEGIN ATOMIC
 SELECT t.id,
     t.slug,
     t.status
    FROM tenants t
   WHERE ((t.slug = lower(resolve_tenant.reference)) OR (t.domain = lower(resolve_tenant.reference)) OR (t.id =
         CASE
             WHEN (resolve_tenant.reference ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'::text) THEN (resolve_tenant.reference)::uuid
             ELSE NULL::uuid
         END))
   ORDER BY ((t.id)::text = lower(resolve_tenant.reference)) DESC, (t.slug = lower(resolve_tenant.reference)) DESC
  LIMIT 1;
END;
alter function resolve_tenant(text) owner to condo_platform;
grant execute on function resolve_tenant(text) to condo_app;
comment on function resolve_tenant(text) is 'A tenant by its id, its slug or its domain, in this order: nobody takes another''s id as slug, or slug as domain.';

CREATE OR REPLACE FUNCTION public.tenants_of_email(address text)
 RETURNS TABLE(tenant_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
BEGIN ATOMIC
 SELECT u.tenant_id
    FROM users u
   WHERE (u.email = lower(tenants_of_email.address))
  LIMIT 2;
END;
alter function tenants_of_email(text) owner to condo_platform;
grant execute on function tenants_of_email(text) to condo_app;
comment on function tenants_of_email(text) is 'In which tenants an e-mail address has a user: two at most, for a login has to name the tenant then.';
