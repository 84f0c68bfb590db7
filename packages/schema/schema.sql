-- The schema after all migrations, to read and to compare: not a migration.
-- Renewed by: CONDO_UPDATE_SCHEMA=1 node --test packages/schema/test/schema-drift.test.ts

create table address_failures (
  network inet not null,
  failures integer not null,
  window_ends_at timestamp with time zone not null,
  constraint address_failures_pkey PRIMARY KEY (network)
);
CREATE INDEX address_failures_by_end ON public.address_failures USING btree (window_ends_at);
alter table address_failures enable row level security;
alter table address_failures force row level security;
create policy platform on address_failures to condo_platform
  using (true)
  with check (true);
grant delete, insert, select, update on address_failures to condo_platform;
comment on table address_failures is 'Failed logins of a moment by where they came from, over all tenants. It is reached through its functions alone.';

create table api_keys (
  id uuid not null,
  tenant_id uuid not null,
  name text not null,
  prefix text not null,
  secret_hash bytea not null,
  previous_secret_hash bytea,
  previous_expires_at timestamp with time zone,
  permissions text[] not null,
  owner_id uuid not null,
  created_at timestamp with time zone not null default now(),
  rotated_at timestamp with time zone,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (tenant_id, id),
  constraint api_keys_check CHECK (((previous_secret_hash IS NULL) = (previous_expires_at IS NULL))),
  constraint api_keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint api_keys_permissions_check CHECK (((cardinality(permissions) >= 1) AND (cardinality(permissions) <= 200))),
  constraint api_keys_previous_secret_hash_check CHECK ((length(previous_secret_hash) = 32)),
  constraint api_keys_secret_hash_check CHECK ((length(secret_hash) = 32)),
  constraint api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint api_keys_tenant_id_owner_id_fkey FOREIGN KEY (tenant_id, owner_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX api_keys_by_id ON public.api_keys USING btree (id);
CREATE INDEX api_keys_by_owner ON public.api_keys USING btree (tenant_id, owner_id);
CREATE UNIQUE INDEX api_keys_by_previous_secret ON public.api_keys USING btree (previous_secret_hash) WHERE (previous_secret_hash IS NOT NULL);
CREATE UNIQUE INDEX api_keys_by_secret ON public.api_keys USING btree (secret_hash);
alter table api_keys enable row level security;
alter table api_keys force row level security;
create policy platform on api_keys to condo_platform
  using (true)
  with check (true);
create policy tenant on api_keys to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on api_keys to condo_app;
grant delete, insert, select, update on api_keys to condo_platform;
comment on column api_keys.owner_id is 'Who made or last rotated it. A key may never more than its owner may at that moment.';

create table audit_chain (
  tenant_id uuid not null,
  sequence bigint not null,
  audit_id uuid not null,
  previous_hash bytea not null,
  hash bytea not null,
  chained_at timestamp with time zone not null default now(),
  constraint audit_chain_pkey PRIMARY KEY (tenant_id, sequence),
  constraint audit_chain_tenant_id_audit_id_key UNIQUE (tenant_id, audit_id),
  constraint audit_chain_hash_check CHECK ((length(hash) = 32)),
  constraint audit_chain_previous_hash_check CHECK ((length(previous_hash) = 32)),
  constraint audit_chain_sequence_check CHECK ((sequence > 0)),
  constraint audit_chain_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
alter table audit_chain enable row level security;
alter table audit_chain force row level security;
create policy archivist on audit_chain to condo_archivist
  using (true)
  with check (true);
create policy platform on audit_chain to condo_platform
  using (true)
  with check (true);
create policy tenant on audit_chain to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant select on audit_chain to condo_app;
grant delete, select on audit_chain to condo_archivist;
grant insert, select on audit_chain to condo_platform;
comment on column audit_chain.hash is 'SHA-256 of previous_hash and audit_canonical() of the row; 32 zero bytes stand before the first.';

create table audit_checkpoints (
  tenant_id uuid not null,
  sequence bigint not null,
  hash bytea not null,
  pruned_at timestamp with time zone not null default now(),
  constraint audit_checkpoints_pkey PRIMARY KEY (tenant_id, sequence),
  constraint audit_checkpoints_hash_check CHECK ((length(hash) = 32)),
  constraint audit_checkpoints_sequence_check CHECK ((sequence > 0)),
  constraint audit_checkpoints_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
alter table audit_checkpoints enable row level security;
alter table audit_checkpoints force row level security;
create policy archivist on audit_checkpoints to condo_archivist
  using (true)
  with check (true);
create policy platform on audit_checkpoints to condo_platform
  using (true)
  with check (true);
create policy tenant on audit_checkpoints to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant select on audit_checkpoints to condo_app;
grant delete, insert, select on audit_checkpoints to condo_archivist;
grant select on audit_checkpoints to condo_platform;
comment on table audit_checkpoints is 'The last link that was pruned each time: what is left of the chain goes on from the newest one.';

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
CREATE INDEX audit_logs_by_actor ON public.audit_logs USING btree (tenant_id, actor_id, id);
CREATE INDEX audit_logs_by_request ON public.audit_logs USING btree (tenant_id, request_id) WHERE (request_id IS NOT NULL);
CREATE INDEX audit_logs_by_subject ON public.audit_logs USING btree (tenant_id, subject_type, subject_id, id);
CREATE INDEX audit_logs_by_time ON public.audit_logs USING btree (tenant_id, created_at);
alter table audit_logs enable row level security;
alter table audit_logs force row level security;
create policy archivist on audit_logs to condo_archivist
  using (true)
  with check (true);
create policy platform on audit_logs to condo_platform
  using (true)
  with check (true);
create policy tenant on audit_logs to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant insert, select on audit_logs to condo_app;
grant delete, select on audit_logs to condo_archivist;
grant insert, select on audit_logs to condo_platform;
CREATE TRIGGER audit_logs_wait AFTER INSERT ON public.audit_logs REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_logs_wait();

create table audit_unchained (
  tenant_id uuid not null,
  audit_id uuid not null,
  constraint audit_unchained_pkey PRIMARY KEY (tenant_id, audit_id)
);
alter table audit_unchained enable row level security;
alter table audit_unchained force row level security;
create policy archivist on audit_unchained to condo_archivist
  using (true)
  with check (true);
create policy platform on audit_unchained to condo_platform
  using (true)
  with check (true);
create policy tenant on audit_unchained to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant select on audit_unchained to condo_app;
grant delete, select on audit_unchained to condo_archivist;
grant delete, insert, select on audit_unchained to condo_platform;
comment on table audit_unchained is 'Audit rows that are committed and wait for their place in the chain. A trigger fills it in the transaction of the row, so none is missed, whatever the order of commits. One whose row is gone stays, and tells of it.';

create table circuit_breakers (
  tenant_id uuid not null,
  destination_id uuid not null,
  state text not null default 'closed'::text,
  forced boolean not null default false,
  failures integer not null default 0,
  opened_at timestamp with time zone,
  retry_at timestamp with time zone,
  failing_since timestamp with time zone,
  paused_until timestamp with time zone,
  updated_at timestamp with time zone not null default now(),
  constraint circuit_breakers_pkey PRIMARY KEY (tenant_id, destination_id),
  constraint circuit_breakers_state_check CHECK ((state = ANY (ARRAY['closed'::text, 'open'::text, 'half_open'::text]))),
  constraint circuit_breakers_tenant_id_destination_id_fkey FOREIGN KEY (tenant_id, destination_id) REFERENCES webhook_destinations(tenant_id, id) ON DELETE CASCADE,
  constraint circuit_breakers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX circuit_breakers_changed ON public.circuit_breakers USING btree (updated_at);
alter table circuit_breakers enable row level security;
alter table circuit_breakers force row level security;
create policy platform on circuit_breakers to condo_platform
  using (true)
  with check (true);
create policy tenant on circuit_breakers to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on circuit_breakers to condo_app;
grant delete, insert, select, update on circuit_breakers to condo_platform;
comment on table circuit_breakers is 'What all workers know of a destination''s health. One without a row is closed. A worker follows changes by updated_at.';
comment on column circuit_breakers.failures is 'How often in a row it opened without closing between.';
comment on column circuit_breakers.retry_at is 'When an open one may be probed, and when the prober of a half-open one is given up; null for one that is held open.';

create table idempotency_keys (
  tenant_id uuid not null,
  caller text not null,
  key_hash bytea not null,
  route text not null,
  fingerprint bytea not null,
  claim_id uuid not null,
  lease_until timestamp with time zone not null,
  status_code integer,
  answer_sealed bytea,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  changed_at timestamp with time zone,
  constraint idempotency_keys_pkey PRIMARY KEY (tenant_id, caller, key_hash),
  constraint idempotency_keys_check CHECK (((status_code IS NULL) = (answer_sealed IS NULL))),
  constraint idempotency_keys_fingerprint_check CHECK ((length(fingerprint) = 32)),
  constraint idempotency_keys_key_hash_check CHECK ((length(key_hash) = 32)),
  constraint idempotency_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX idempotency_keys_by_end ON public.idempotency_keys USING btree (expires_at);
alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy platform on idempotency_keys to condo_platform
  using (true)
  with check (true);
create policy tenant on idempotency_keys to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on idempotency_keys to condo_app;
grant delete, insert, select, update on idempotency_keys to condo_platform;
comment on table idempotency_keys is 'Requests that were sent with an Idempotency-Key: first claimed, then answered. A key is its caller''s own.';
comment on column idempotency_keys.lease_until is 'Until when whoever claimed the key is trusted to be at work; one that crashed before it changed anything is then taken over.';
comment on column idempotency_keys.changed_at is 'When a change was first made under the claim, noted in the transaction that made it. Where no answer follows, whether all was done is unknown, and it is not done again.';

create table invitations (
  id uuid not null,
  tenant_id uuid not null,
  email text not null,
  role text not null,
  role_id uuid,
  invited_by uuid not null,
  token_hash bytea,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  accepted_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint invitations_pkey PRIMARY KEY (tenant_id, id),
  constraint invitations_email_check CHECK (((email = lower(email)) AND (length(email) <= 320))),
  constraint invitations_role_check CHECK ((role = ANY (ARRAY['super_admin'::text, 'tenant_admin'::text, 'user'::text, 'readonly'::text]))),
  constraint invitations_token_hash_check CHECK ((length(token_hash) = 32)),
  constraint invitations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint invitations_tenant_id_invited_by_fkey FOREIGN KEY (tenant_id, invited_by) REFERENCES users(tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX invitations_by_token ON public.invitations USING btree (tenant_id, token_hash) WHERE (token_hash IS NOT NULL);
CREATE UNIQUE INDEX invitations_open ON public.invitations USING btree (tenant_id, email) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));
alter table invitations enable row level security;
alter table invitations force row level security;
create policy platform on invitations to condo_platform
  using (true)
  with check (true);
create policy tenant on invitations to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on invitations to condo_app;
grant delete, insert, select, update on invitations to condo_platform;
comment on column invitations.token_hash is 'Of the newest mail: the token is made when the mail is sent, and is nowhere else.';

create table login_attempts (
  tenant_id uuid not null,
  account_hash bytea not null,
  failures integer not null,
  locks integer not null default 0,
  locked_until timestamp with time zone,
  last_attempt_at timestamp with time zone not null default now(),
  constraint login_attempts_pkey PRIMARY KEY (tenant_id, account_hash),
  constraint login_attempts_account_hash_check CHECK ((length(account_hash) = 32))
);
CREATE INDEX login_attempts_by_time ON public.login_attempts USING btree (last_attempt_at);
alter table login_attempts enable row level security;
alter table login_attempts force row level security;
create policy platform on login_attempts to condo_platform
  using (true)
  with check (true);
create policy tenant on login_attempts to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on login_attempts to condo_app;
grant delete, insert, select, update on login_attempts to condo_platform;
comment on table login_attempts is 'Attempts are counted before the password is looked at, so that guesses in parallel are not more than the limit. By the address''s hash and without foreign keys: an account that is not there is counted alike, and takes as long.';
comment on column login_attempts.locks is 'How often it was locked since it was last logged in to: each lock is longer.';

create table login_steps (
  tenant_id uuid not null,
  token_hash bytea not null,
  purpose text not null,
  user_id uuid,
  data_sealed bytea,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint login_steps_pkey PRIMARY KEY (tenant_id, token_hash),
  constraint login_steps_purpose_check CHECK ((purpose = ANY (ARRAY['mfa'::text, 'passkey_registration'::text, 'passkey_login'::text, 'oidc_return'::text, 'oidc_code'::text]))),
  constraint login_steps_token_hash_check CHECK ((length(token_hash) = 32)),
  constraint login_steps_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint login_steps_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX login_steps_by_end ON public.login_steps USING btree (tenant_id, expires_at);
alter table login_steps enable row level security;
alter table login_steps force row level security;
create policy platform on login_steps to condo_platform
  using (true)
  with check (true);
create policy tenant on login_steps to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on login_steps to condo_app;
grant delete, insert, select, update on login_steps to condo_platform;
comment on table login_steps is 'What a login waits for: each row is a token for one purpose and one use, with what has to be remembered meanwhile.';

create table mail_tokens (
  tenant_id uuid not null,
  token_hash bytea not null,
  purpose text not null,
  user_id uuid not null,
  email text not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint mail_tokens_pkey PRIMARY KEY (tenant_id, token_hash),
  constraint mail_tokens_purpose_check CHECK ((purpose = ANY (ARRAY['password_reset'::text, 'email_verification'::text]))),
  constraint mail_tokens_token_hash_check CHECK ((length(token_hash) = 32)),
  constraint mail_tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint mail_tokens_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX mail_tokens_by_end ON public.mail_tokens USING btree (expires_at);
CREATE INDEX mail_tokens_by_user ON public.mail_tokens USING btree (tenant_id, user_id, purpose);
alter table mail_tokens enable row level security;
alter table mail_tokens force row level security;
create policy platform on mail_tokens to condo_platform
  using (true)
  with check (true);
create policy tenant on mail_tokens to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on mail_tokens to condo_app;
grant delete, insert, select, update on mail_tokens to condo_platform;
comment on column mail_tokens.email is 'Where it was sent: it is worth nothing once the user has another address.';

create table mails (
  id uuid not null,
  tenant_id uuid not null,
  kind text not null,
  recipient text not null,
  subject_id uuid,
  request_id text,
  address inet,
  created_at timestamp with time zone not null default now(),
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone not null default now(),
  last_error text,
  details jsonb,
  constraint mails_pkey PRIMARY KEY (tenant_id, id),
  constraint mails_recipient_check CHECK ((length(recipient) <= 320))
);
CREATE INDEX mails_due ON public.mails USING btree (next_attempt_at);
alter table mails enable row level security;
alter table mails force row level security;
create policy platform on mails to condo_platform
  using (true)
  with check (true);
create policy tenant on mails to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on mails to condo_app;
grant delete, insert, select, update on mails to condo_platform;
comment on table mails is 'Mails that wait to be written and sent; a row goes when its mail is out, or is not to be written. Without foreign keys: whoever asks for a reset is asked back nothing, so a request for an unknown tenant is a row too.';

create table mfa_policies (
  tenant_id uuid not null,
  is_required boolean not null,
  updated_at timestamp with time zone not null default now(),
  version integer not null default 1,
  constraint mfa_policies_pkey PRIMARY KEY (tenant_id),
  constraint mfa_policies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
alter table mfa_policies enable row level security;
alter table mfa_policies force row level security;
create policy platform on mfa_policies to condo_platform
  using (true)
  with check (true);
create policy tenant on mfa_policies to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on mfa_policies to condo_app;
grant delete, insert, select, update on mfa_policies to condo_platform;
CREATE TRIGGER mfa_policies_version BEFORE UPDATE ON public.mfa_policies FOR EACH ROW EXECUTE FUNCTION count_version();

create table oidc_identities (
  tenant_id uuid not null,
  issuer text not null,
  subject text not null,
  user_id uuid not null,
  created_at timestamp with time zone not null default now(),
  constraint oidc_identities_pkey PRIMARY KEY (tenant_id, issuer, subject),
  constraint oidc_identities_subject_check CHECK ((length(subject) <= 255)),
  constraint oidc_identities_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint oidc_identities_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX oidc_identities_by_user ON public.oidc_identities USING btree (tenant_id, user_id);
alter table oidc_identities enable row level security;
alter table oidc_identities force row level security;
create policy platform on oidc_identities to condo_platform
  using (true)
  with check (true);
create policy tenant on oidc_identities to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on oidc_identities to condo_app;
grant delete, insert, select, update on oidc_identities to condo_platform;

create table oidc_providers (
  tenant_id uuid not null,
  issuer text not null,
  client_id text not null,
  client_secret_sealed bytea not null,
  allowed_domains text[] not null,
  default_role text not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  version integer not null default 1,
  constraint oidc_providers_pkey PRIMARY KEY (tenant_id),
  constraint oidc_providers_allowed_domains_check CHECK (((cardinality(allowed_domains) >= 1) AND (cardinality(allowed_domains) <= 50))),
  constraint oidc_providers_client_id_check CHECK ((length(client_id) <= 500)),
  constraint oidc_providers_default_role_check CHECK ((default_role = ANY (ARRAY['user'::text, 'readonly'::text]))),
  constraint oidc_providers_issuer_check CHECK ((length(issuer) <= 2048)),
  constraint oidc_providers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
alter table oidc_providers enable row level security;
alter table oidc_providers force row level security;
create policy platform on oidc_providers to condo_platform
  using (true)
  with check (true);
create policy tenant on oidc_providers to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on oidc_providers to condo_app;
grant delete, insert, select, update on oidc_providers to condo_platform;
CREATE TRIGGER oidc_providers_version BEFORE UPDATE ON public.oidc_providers FOR EACH ROW EXECUTE FUNCTION count_version();

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

create table passkeys (
  id uuid not null,
  tenant_id uuid not null,
  user_id uuid not null,
  name text not null,
  credential_id text not null,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null default '{}'::text[],
  created_at timestamp with time zone not null default now(),
  last_used_at timestamp with time zone,
  constraint passkeys_pkey PRIMARY KEY (tenant_id, id),
  constraint passkeys_tenant_id_credential_id_key UNIQUE (tenant_id, credential_id),
  constraint passkeys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint passkeys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint passkeys_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX passkeys_by_user ON public.passkeys USING btree (tenant_id, user_id);
alter table passkeys enable row level security;
alter table passkeys force row level security;
create policy platform on passkeys to condo_platform
  using (true)
  with check (true);
create policy tenant on passkeys to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on passkeys to condo_app;
grant delete, insert, select, update on passkeys to condo_platform;

create table plans (
  name text not null,
  description text not null default ''::text,
  limits jsonb not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint plans_pkey PRIMARY KEY (name),
  constraint plans_description_check CHECK ((length(description) <= 500)),
  constraint plans_limits_check CHECK ((jsonb_typeof(limits) = 'object'::text)),
  constraint plans_name_check CHECK ((name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text))
);
alter table plans enable row level security;
alter table plans force row level security;
create policy everybody on plans for select to condo_app
  using (true);
create policy platform on plans to condo_platform
  using (true)
  with check (true);
grant select on plans to condo_app;
grant delete, insert, select, update on plans to condo_platform;
CREATE TRIGGER plans_changed AFTER UPDATE OF limits ON public.plans FOR EACH ROW EXECUTE FUNCTION plans_changed();
comment on table plans is 'What tenants may have, by plan. They are the operator''s to change: packages/tenancy says what a limit means.';
comment on column plans.limits is 'Quotas (null for none) and features by name. A tenant''s own limits stand above them.';

create table recovery_codes (
  tenant_id uuid not null,
  user_id uuid not null,
  code_hash bytea not null,
  used_at timestamp with time zone,
  constraint recovery_codes_pkey PRIMARY KEY (tenant_id, user_id, code_hash),
  constraint recovery_codes_code_hash_check CHECK ((length(code_hash) = 32)),
  constraint recovery_codes_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint recovery_codes_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
);
alter table recovery_codes enable row level security;
alter table recovery_codes force row level security;
create policy platform on recovery_codes to condo_platform
  using (true)
  with check (true);
create policy tenant on recovery_codes to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on recovery_codes to condo_app;
grant delete, insert, select, update on recovery_codes to condo_platform;

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

create table replays (
  id uuid not null,
  tenant_id uuid not null,
  destination_id uuid,
  event_type text,
  since timestamp with time zone,
  until timestamp with time zone,
  rate_per_second integer not null,
  status text not null default 'running'::text,
  total integer not null,
  replayed integer not null default 0,
  after_delivery_id uuid,
  next_step_at timestamp with time zone not null default now(),
  created_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone,
  constraint replays_pkey PRIMARY KEY (tenant_id, id),
  constraint replays_rate_per_second_check CHECK (((rate_per_second >= 1) AND (rate_per_second <= 1000))),
  constraint replays_status_check CHECK ((status = ANY (ARRAY['running'::text, 'done'::text, 'cancelled'::text]))),
  constraint replays_tenant_id_destination_id_fkey FOREIGN KEY (tenant_id, destination_id) REFERENCES webhook_destinations(tenant_id, id),
  constraint replays_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX replays_due ON public.replays USING btree (next_step_at) WHERE (status = 'running'::text);
alter table replays enable row level security;
alter table replays force row level security;
create policy platform on replays to condo_platform
  using (true)
  with check (true);
create policy tenant on replays to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on replays to condo_app;
grant delete, insert, select, update on replays to condo_platform;
comment on column replays.total is 'Dead letters that fitted when the replay was asked for; later ones are left alone.';
comment on column replays.after_delivery_id is 'The last delivery that was sent again: a step goes on behind it.';

create table roles (
  id uuid not null,
  tenant_id uuid not null,
  name text not null,
  description text not null default ''::text,
  permissions text[] not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  version integer not null default 1,
  constraint roles_pkey PRIMARY KEY (tenant_id, id),
  constraint roles_description_check CHECK ((length(description) <= 500)),
  constraint roles_name_check CHECK (((length(name) >= 1) AND (length(name) <= 64))),
  constraint roles_permissions_check CHECK ((cardinality(permissions) <= 200)),
  constraint roles_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE UNIQUE INDEX roles_by_name ON public.roles USING btree (tenant_id, lower(name));
alter table roles enable row level security;
alter table roles force row level security;
create policy platform on roles to condo_platform
  using (true)
  with check (true);
create policy tenant on roles to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on roles to condo_app;
grant delete, insert, select, update on roles to condo_platform;
CREATE TRIGGER roles_version BEFORE UPDATE ON public.roles FOR EACH ROW EXECUTE FUNCTION count_version();
comment on table roles is 'Roles that tenants define. The built-in ones are in code.';

create table second_factor_attempts (
  tenant_id uuid not null,
  user_id uuid not null,
  failures integer not null default 0,
  locked_until timestamp with time zone,
  constraint second_factor_attempts_pkey PRIMARY KEY (tenant_id, user_id),
  constraint second_factor_attempts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint second_factor_attempts_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
);
alter table second_factor_attempts enable row level security;
alter table second_factor_attempts force row level security;
create policy platform on second_factor_attempts to condo_platform
  using (true)
  with check (true);
create policy tenant on second_factor_attempts to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on second_factor_attempts to condo_app;
grant delete, insert, select, update on second_factor_attempts to condo_platform;
comment on table second_factor_attempts is 'Counted before a code is looked at, so that guesses in parallel are not more than the limit.';

create table service_clients (
  name text not null,
  secret_hash bytea not null,
  previous_secret_hash bytea,
  previous_expires_at timestamp with time zone,
  permissions text[] not null,
  created_at timestamp with time zone not null default now(),
  rotated_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint service_clients_pkey PRIMARY KEY (name),
  constraint service_clients_check CHECK (((previous_secret_hash IS NULL) = (previous_expires_at IS NULL))),
  constraint service_clients_name_check CHECK ((name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text)),
  constraint service_clients_previous_secret_hash_check CHECK ((length(previous_secret_hash) = 32)),
  constraint service_clients_secret_hash_check CHECK ((length(secret_hash) = 32))
);
alter table service_clients enable row level security;
alter table service_clients force row level security;
create policy platform on service_clients to condo_platform
  using (true)
  with check (true);
grant insert, select, update on service_clients to condo_platform;
comment on table service_clients is 'Services that may ask for tokens. A name stays taken after it is revoked, so that the audit log means one service by it. condo_app reaches it through its functions alone.';

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
  state_changed_at timestamp with time zone not null default now(),
  constraint signing_keys_pkey PRIMARY KEY (kid),
  constraint signing_keys_state_check CHECK ((state = ANY (ARRAY['next'::text, 'current'::text, 'previous'::text])))
);
CREATE UNIQUE INDEX signing_keys_one_current ON public.signing_keys USING btree (state) WHERE (state = 'current'::text);
CREATE UNIQUE INDEX signing_keys_one_next ON public.signing_keys USING btree (state) WHERE (state = 'next'::text);
alter table signing_keys enable row level security;
alter table signing_keys force row level security;
create policy keys on signing_keys to condo_app
  using (true)
  with check (true);
create policy platform on signing_keys to condo_platform
  using (true)
  with check (true);
grant delete, insert, select, update on signing_keys to condo_app;
grant delete, insert, select, update on signing_keys to condo_platform;
comment on column signing_keys.state_changed_at is 'Since when it is published (next), signs (current), or only verifies what it signed (previous).';

create table tenant_domains (
  tenant_id uuid not null,
  domain text not null,
  status text not null default 'pending'::text,
  token text not null default replace(((gen_random_uuid())::text || (gen_random_uuid())::text), '-'::text, ''::text),
  created_at timestamp with time zone not null default now(),
  checked_at timestamp with time zone,
  verified_at timestamp with time zone,
  next_check_at timestamp with time zone not null default now(),
  missing_since timestamp with time zone,
  missing_checks integer not null default 0,
  constraint tenant_domains_pkey PRIMARY KEY (tenant_id, domain),
  constraint tenant_domains_check CHECK (((status <> 'verified'::text) OR (verified_at IS NOT NULL))),
  constraint tenant_domains_domain_check CHECK (((length(domain) <= 253) AND (domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'::text))),
  constraint tenant_domains_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'verified'::text, 'lapsed'::text]))),
  constraint tenant_domains_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX tenant_domains_due ON public.tenant_domains USING btree (next_check_at) WHERE (status = 'verified'::text);
CREATE UNIQUE INDEX tenant_domains_verified ON public.tenant_domains USING btree (domain) WHERE (status = 'verified'::text);
alter table tenant_domains enable row level security;
alter table tenant_domains force row level security;
create policy platform on tenant_domains to condo_platform
  using (true)
  with check (true);
create policy tenant on tenant_domains to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on tenant_domains to condo_app;
grant delete, insert, select, update on tenant_domains to condo_platform;
comment on table tenant_domains is 'Several tenants may say that a domain is theirs; one at most has proven it, and for that one alone it stands.';
comment on column tenant_domains.token is 'What the TXT record has to say. It is no secret: it proves who can write the record.';
comment on column tenant_domains.next_check_at is 'When a verified domain is looked up again. Who looks moves it ahead first, which keeps others from looking too.';
comment on column tenant_domains.missing_checks is 'How often in a row DNS said that there is no record; when it says nothing, that does not count.';

create table tenant_erasures (
  tenant_id uuid not null,
  erased_tenant_id uuid not null,
  slug text not null,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  started_at timestamp with time zone not null default now(),
  counts jsonb not null default '{}'::jsonb,
  finished_at timestamp with time zone,
  certificate jsonb,
  constraint tenant_erasures_pkey PRIMARY KEY (tenant_id, erased_tenant_id),
  constraint tenant_erasures_check CHECK (((finished_at IS NULL) = (certificate IS NULL))),
  constraint tenant_erasures_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE UNIQUE INDEX tenant_erasures_by_tenant ON public.tenant_erasures USING btree (erased_tenant_id);
alter table tenant_erasures enable row level security;
alter table tenant_erasures force row level security;
create policy platform on tenant_erasures to condo_platform
  using (true)
  with check (true);
create policy tenant on tenant_erasures to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant select on tenant_erasures to condo_app;
grant insert, select, update on tenant_erasures to condo_platform;
comment on table tenant_erasures is 'Erasures under way and done. The row is the platform''s own: nothing of the erased tenant is left to hold it.';
comment on column tenant_erasures.counts is 'What was erased so far, by table: raised in the transaction that erases.';

create table tenant_usage (
  tenant_id uuid not null,
  month date not null,
  slot smallint not null,
  events bigint not null,
  constraint tenant_usage_pkey PRIMARY KEY (tenant_id, month, slot),
  constraint tenant_usage_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
  constraint tenant_usage_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
alter table tenant_usage enable row level security;
alter table tenant_usage force row level security;
create policy platform on tenant_usage to condo_platform
  using (true)
  with check (true);
create policy tenant on tenant_usage to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on tenant_usage to condo_app;
grant delete, insert, select, update on tenant_usage to condo_platform;
comment on table tenant_usage is 'Events that were recorded in a month (UTC), counted in the transaction that records them.';
comment on column tenant_usage.slot is 'Parts a count among those that record at once, so that none waits for another; their sum counts.';

create table tenants (
  id uuid not null,
  slug text not null,
  name text not null,
  domain text,
  status text not null default 'active'::text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  event_retention_days smallint not null default 30,
  plan text not null default 'standard'::text,
  limit_overrides jsonb not null default '{}'::jsonb,
  trial_ends_at timestamp with time zone,
  status_reason text,
  status_changed_at timestamp with time zone not null default now(),
  closing_from text,
  closing_by text,
  erase_after timestamp with time zone,
  version integer not null default 1,
  constraint tenants_pkey PRIMARY KEY (id),
  constraint tenants_slug_key UNIQUE (slug),
  constraint tenants_closing_from_check CHECK ((closing_from = ANY (ARRAY['trial'::text, 'active'::text, 'suspended'::text]))),
  constraint tenants_domain_check CHECK ((domain = lower(domain))),
  constraint tenants_event_retention_days_check CHECK ((event_retention_days = ANY (ARRAY[7, 30, 90, 365]))),
  constraint tenants_limit_overrides_check CHECK ((jsonb_typeof(limit_overrides) = 'object'::text)),
  constraint tenants_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  constraint tenants_slug_check CHECK ((slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text)),
  constraint tenants_status_check CHECK ((status = ANY (ARRAY['trial'::text, 'active'::text, 'suspended'::text, 'closing'::text, 'closed'::text]))),
  constraint tenants_status_reason_check CHECK ((length(status_reason) <= 500)),
  constraint tenants_plan_fkey FOREIGN KEY (plan) REFERENCES plans(name)
);
CREATE INDEX tenants_by_plan ON public.tenants USING btree (plan, id);
CREATE INDEX tenants_on_trial ON public.tenants USING btree (trial_ends_at) WHERE (status = 'trial'::text);
CREATE INDEX tenants_to_erase ON public.tenants USING btree (erase_after) WHERE (status = ANY (ARRAY['closing'::text, 'closed'::text]));
alter table tenants enable row level security;
alter table tenants force row level security;
create policy archivist on tenants for select to condo_archivist
  using (true);
create policy platform on tenants to condo_platform
  using (true)
  with check (true);
create policy tenant on tenants to condo_app
  using ((id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on tenants to condo_app;
grant select on tenants to condo_archivist;
grant delete, insert, select, update on tenants to condo_platform;
CREATE TRIGGER tenants_domain_changed AFTER UPDATE OF domain ON public.tenants FOR EACH ROW WHEN ((old.domain IS DISTINCT FROM new.domain)) EXECUTE FUNCTION claim_domain();
CREATE TRIGGER tenants_domain_made AFTER INSERT ON public.tenants FOR EACH ROW WHEN ((new.domain IS NOT NULL)) EXECUTE FUNCTION claim_domain();
CREATE TRIGGER tenants_follow_plan BEFORE INSERT OR UPDATE OF plan, limit_overrides ON public.tenants FOR EACH ROW EXECUTE FUNCTION tenants_follow_plan();
CREATE TRIGGER tenants_version BEFORE UPDATE ON public.tenants FOR EACH ROW EXECUTE FUNCTION count_version();
comment on column tenants.domain is 'The domain that the tenant says it has. It stands for the tenant when tenant_domains says that it is verified.';
comment on column tenants.event_retention_days is 'How long events that come in from now on are kept.';
comment on column tenants.limit_overrides is 'The tenant''s own limits, where they differ from its plan''s.';
comment on column tenants.trial_ends_at is 'When the trial ends; null for one without an end, and for a tenant that never was on trial.';
comment on column tenants.closing_from is 'What a closing tenant goes back to when that is called off.';
comment on column tenants.closing_by is 'Who asked for it to be closed, as the certificate of erasure says it.';
comment on column tenants.erase_after is 'When everything of a closing tenant is erased.';

create table totp_factors (
  tenant_id uuid not null,
  user_id uuid not null,
  secret_sealed bytea not null,
  created_at timestamp with time zone not null default now(),
  confirmed_at timestamp with time zone,
  last_used_step bigint not null default 0,
  constraint totp_factors_pkey PRIMARY KEY (tenant_id, user_id),
  constraint totp_factors_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint totp_factors_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
);
alter table totp_factors enable row level security;
alter table totp_factors force row level security;
create policy platform on totp_factors to condo_platform
  using (true)
  with check (true);
create policy tenant on totp_factors to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant delete, insert, select, update on totp_factors to condo_app;
grant delete, insert, select, update on totp_factors to condo_platform;
comment on column totp_factors.last_used_step is 'The newest time step whose code was taken: none up to it is taken again.';

create table users (
  id uuid not null,
  tenant_id uuid not null,
  email text not null,
  password_hash text,
  first_name text not null,
  last_name text not null,
  role text not null,
  is_active boolean not null default true,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  email_verified_at timestamp with time zone,
  deleted_at timestamp with time zone,
  role_id uuid,
  name_folded text generated always as (lower(((first_name || ' '::text) || last_name))),
  last_name_folded text generated always as (lower(last_name)),
  version integer not null default 1,
  constraint users_pkey PRIMARY KEY (tenant_id, id),
  constraint users_custom_role_check CHECK (((role_id IS NULL) OR (role = ANY (ARRAY['user'::text, 'readonly'::text])))),
  constraint users_email_check CHECK (((email = lower(email)) AND (length(email) <= 320))),
  constraint users_role_check CHECK ((role = ANY (ARRAY['super_admin'::text, 'tenant_admin'::text, 'user'::text, 'readonly'::text]))),
  constraint users_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES roles(tenant_id, id),
  constraint users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX users_by_email ON public.users USING btree (email);
CREATE INDEX users_by_role ON public.users USING btree (tenant_id, role_id) WHERE (role_id IS NOT NULL);
CREATE INDEX users_email_prefix ON public.users USING btree (tenant_id, email COLLATE "C");
CREATE INDEX users_last_name_prefix ON public.users USING btree (tenant_id, last_name_folded);
CREATE INDEX users_name_prefix ON public.users USING btree (tenant_id, name_folded);
CREATE UNIQUE INDEX users_tenant_id_email_key ON public.users USING btree (tenant_id, email) WHERE (deleted_at IS NULL);
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
CREATE TRIGGER users_email_changed BEFORE UPDATE OF email ON public.users FOR EACH ROW WHEN ((old.email IS DISTINCT FROM new.email)) EXECUTE FUNCTION users_email_changed();
CREATE TRIGGER users_version BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION count_version();
comment on column users.password_hash is 'Null for one who has no password: who was invited, imported or comes by OIDC.';
comment on column users.email_verified_at is 'When the user last proved to read mail at the present address.';
comment on column users.role_id is 'A role of the tenant''s own, which then decides instead of the built-in one.';

create table webhook_aliases (
  tenant_id uuid not null,
  id uuid not null,
  event_id uuid not null,
  created_at timestamp with time zone not null default now(),
  constraint webhook_aliases_pkey PRIMARY KEY (tenant_id, id),
  constraint webhook_aliases_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX webhook_aliases_by_age ON public.webhook_aliases USING btree (created_at);
alter table webhook_aliases enable row level security;
alter table webhook_aliases force row level security;
create policy platform on webhook_aliases to condo_platform
  using (true)
  with check (true);
create policy tenant on webhook_aliases to condo_app
  using ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)))
  with check ((tenant_id = ( SELECT condo_tenant_id() AS condo_tenant_id)));
grant select on webhook_aliases to condo_app;
grant delete, insert, select on webhook_aliases to condo_platform;
comment on table webhook_aliases is 'A webhook that came by way of Redis and past it, before either knew of the other, was answered two ids: the one that was recorded later stands for the first.';

create table webhook_attempts (
  tenant_id uuid not null,
  delivery_id uuid not null,
  number integer not null,
  started_at timestamp with time zone not null,
  duration_ms integer not null,
  status_code integer,
  error text,
  response_excerpt text,
  retention_days smallint not null default 30,
  constraint webhook_attempts_pkey PRIMARY KEY (tenant_id, delivery_id, number, retention_days),
  constraint webhook_attempts_retention_days_check CHECK ((retention_days = ANY (ARRAY[7, 30, 90, 365]))),
  constraint webhook_attempts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
) partition by RANGE (delivery_id);
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
  lease_until timestamp with time zone,
  last_status_code integer,
  last_error text,
  created_at timestamp with time zone not null default now(),
  completed_at timestamp with time zone,
  retention_days smallint not null default 30,
  order_key text,
  attempts_before integer not null default 0,
  discard_reason text,
  constraint webhook_deliveries_pkey PRIMARY KEY (tenant_id, id, retention_days),
  constraint webhook_deliveries_retention_days_check CHECK ((retention_days = ANY (ARRAY[7, 30, 90, 365]))),
  constraint webhook_deliveries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text, 'discarded'::text]))),
  constraint webhook_deliveries_tenant_id_destination_id_fkey FOREIGN KEY (tenant_id, destination_id) REFERENCES webhook_destinations(tenant_id, id),
  constraint webhook_deliveries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
) partition by RANGE (id);
CREATE INDEX webhook_deliveries_by_destination ON ONLY public.webhook_deliveries USING btree (tenant_id, destination_id, id DESC);
CREATE INDEX webhook_deliveries_by_event ON ONLY public.webhook_deliveries USING btree (tenant_id, event_id);
CREATE INDEX webhook_deliveries_dead ON ONLY public.webhook_deliveries USING btree (tenant_id, id DESC) WHERE (status = 'dead'::text);
CREATE INDEX webhook_deliveries_due ON ONLY public.webhook_deliveries USING btree (tenant_id, destination_id, next_attempt_at) WHERE (status = 'pending'::text);
CREATE INDEX webhook_deliveries_ordered ON ONLY public.webhook_deliveries USING btree (tenant_id, destination_id, order_key, event_id) WHERE ((status = 'pending'::text) AND (order_key IS NOT NULL));
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
comment on column webhook_deliveries.lease_until is 'Until when a worker that took the delivery may be sending it; nobody else sends it before.';
comment on column webhook_deliveries.order_key is 'Deliveries to one destination with the same key are sent one after another, by the ids of their events.';
comment on column webhook_deliveries.attempts_before is 'Attempts that were spent before the last replay: the schedule of retries counts from there, their numbers go on.';

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
  url text,
  event_types text[] not null,
  is_active boolean not null default true,
  disabled_reason text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  deleted_at timestamp with time zone,
  kind text not null default 'http'::text,
  stream_name text,
  services text[] not null default '{*}'::text[],
  filter jsonb not null default '[]'::jsonb,
  transform text,
  header_names text[] not null default '{}'::text[],
  headers_sealed bytea,
  retry_delays_ms integer[],
  timeout_ms integer,
  order_key text,
  max_in_flight integer,
  max_per_second integer,
  breaker jsonb not null default '{}'::jsonb,
  disabled_at timestamp with time zone,
  version integer not null default 1,
  constraint webhook_destinations_pkey PRIMARY KEY (tenant_id, id),
  constraint webhook_destinations_address_check CHECK ((((kind = 'http'::text) AND (url IS NOT NULL) AND (stream_name IS NULL)) OR ((kind = 'stream'::text) AND (url IS NULL) AND (stream_name IS NOT NULL)))),
  constraint webhook_destinations_breaker_check CHECK ((jsonb_typeof(breaker) = 'object'::text)),
  constraint webhook_destinations_event_types_check CHECK (((cardinality(event_types) >= 1) AND (cardinality(event_types) <= 100))),
  constraint webhook_destinations_filter_check CHECK ((jsonb_typeof(filter) = 'array'::text)),
  constraint webhook_destinations_kind_check CHECK ((kind = ANY (ARRAY['http'::text, 'stream'::text]))),
  constraint webhook_destinations_max_in_flight_check CHECK (((max_in_flight >= 1) AND (max_in_flight <= 1000))),
  constraint webhook_destinations_max_per_second_check CHECK (((max_per_second >= 1) AND (max_per_second <= 10000))),
  constraint webhook_destinations_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  constraint webhook_destinations_order_key_check CHECK ((length(order_key) <= 500)),
  constraint webhook_destinations_retry_delays_ms_check CHECK ((cardinality(retry_delays_ms) <= 30)),
  constraint webhook_destinations_services_check CHECK (((cardinality(services) >= 1) AND (cardinality(services) <= 100))),
  constraint webhook_destinations_stream_name_check CHECK ((stream_name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'::text)),
  constraint webhook_destinations_timeout_ms_check CHECK (((timeout_ms >= 100) AND (timeout_ms <= 60000))),
  constraint webhook_destinations_transform_check CHECK (((length(transform) >= 1) AND (length(transform) <= 8192))),
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
CREATE TRIGGER webhook_destinations_version BEFORE UPDATE ON public.webhook_destinations FOR EACH ROW EXECUTE FUNCTION count_version();
comment on column webhook_destinations.services is 'The services whose events it gets: names, or * for all.';
comment on column webhook_destinations.filter is 'Conditions on the payload that all have to hold, as packages/routing reads them.';
comment on column webhook_destinations.transform is 'A JSONata expression that makes the outgoing body of the payload; null leaves the body as it came.';
comment on column webhook_destinations.headers_sealed is 'Extra headers, as sealed JSON: their values may be credentials. header_names has what may be shown.';
comment on column webhook_destinations.retry_delays_ms is 'Null for the worker''s schedule; empty for no retries.';
comment on column webhook_destinations.order_key is 'A JSON pointer into the payload: deliveries with the same value there are sent one after another.';
comment on column webhook_destinations.breaker is 'Settings that differ from the worker''s, as packages/routing reads them.';

create table webhook_events (
  id uuid not null,
  tenant_id uuid not null,
  source_id uuid,
  service_name text not null,
  event_type text not null,
  sender_event_id text,
  content_type text,
  headers jsonb not null,
  body bytea not null,
  received_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null default now(),
  retention_days smallint not null default 30,
  recorded_by xid8 not null default pg_current_xact_id(),
  constraint webhook_events_pkey PRIMARY KEY (tenant_id, id, retention_days),
  constraint webhook_events_retention_days_check CHECK ((retention_days = ANY (ARRAY[7, 30, 90, 365]))),
  constraint webhook_events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint webhook_events_tenant_id_source_id_fkey FOREIGN KEY (tenant_id, source_id) REFERENCES webhook_sources(tenant_id, id)
) partition by RANGE (id);
CREATE INDEX webhook_events_by_recording ON ONLY public.webhook_events USING btree (tenant_id, recorded_by, id);
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
CREATE TRIGGER webhook_events_announce AFTER INSERT ON public.webhook_events FOR EACH STATEMENT EXECUTE FUNCTION webhook_events_announce();
comment on column webhook_events.source_id is 'Null for an event that Condo made itself, to test a destination.';
comment on column webhook_events.retention_days is 'How long the event is kept, with its deliveries and their attempts: partitions are dropped, rows are not deleted.';

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
  valid_from timestamp with time zone not null default now(),
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
comment on column webhook_source_secrets.valid_from is 'From which moment on it verifies: of the stamp where a request has a signed one, else of its arrival.';

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
  source_key text not null default replace(((gen_random_uuid())::text || (gen_random_uuid())::text), '-'::text, ''::text),
  tenant_pointer text,
  version integer not null default 1,
  constraint webhook_sources_pkey PRIMARY KEY (tenant_id, id),
  constraint webhook_sources_dedupe_window_seconds_check CHECK (((dedupe_window_seconds >= 60) AND (dedupe_window_seconds <= 2592000))),
  constraint webhook_sources_service_name_check CHECK ((service_name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'::text)),
  constraint webhook_sources_source_key_check CHECK ((source_key ~ '^[0-9a-f]{64}$'::text)),
  constraint webhook_sources_tenant_pointer_check CHECK (((tenant_pointer ~ '^(/[^/]*){1,16}$'::text) AND (length(tenant_pointer) <= 256))),
  constraint webhook_sources_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE UNIQUE INDEX webhook_sources_by_key ON public.webhook_sources USING btree (source_key);
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
CREATE TRIGGER webhook_sources_version BEFORE UPDATE ON public.webhook_sources FOR EACH ROW EXECUTE FUNCTION count_version();
comment on column webhook_sources.source_key is 'Stands for the tenant in the source''s own URL. An address and no credential: the signature is still checked.';
comment on column webhook_sources.tenant_pointer is 'Of a source of the platform''s own tenant alone: where in the payload (RFC 6901) an event says whose it is.';

CREATE OR REPLACE FUNCTION public.audit_canonical(entry audit_logs)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE STRICT
RETURN (jsonb_build_array((entry).id, (entry).tenant_id, (entry).actor_type, (entry).actor_id, (entry).action, (entry).subject_type, (entry).subject_id, (entry).request_id, ((entry).address)::text, (entry).before, (entry).after, to_char(((entry).created_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text)))::text;
grant execute on function audit_canonical(audit_logs) to condo_app;
grant execute on function audit_canonical(audit_logs) to condo_platform;
grant execute on function audit_canonical(audit_logs) to public;
comment on function audit_canonical(audit_logs) is 'An audit row as the text that is hashed. Never changed: old links are checked with it.';

CREATE OR REPLACE FUNCTION public.audit_logs_wait()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
    begin
      insert into audit_unchained (tenant_id, audit_id) select tenant_id, id from written;
      return null;
    end $function$;
alter function audit_logs_wait() owner to condo_platform;

CREATE OR REPLACE FUNCTION public.claim_domain()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      if tg_op = 'UPDATE' and old.domain is not null then
        delete from tenant_domains where tenant_id = old.id and domain = old.domain;
      end if;
      if new.domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$' then
        insert into tenant_domains (tenant_id, domain) values (new.id, new.domain) on conflict do nothing;
      end if;
      return null;
    end $function$;
grant execute on function claim_domain() to public;
comment on function claim_domain() is 'A domain in the tenant''s record waits to be proven; one that is taken out of it stands for the tenant no more.';

CREATE OR REPLACE FUNCTION public.claim_mails(most integer, lease_seconds integer)
 RETURNS TABLE(id uuid, tenant_id uuid, kind text, recipient text, subject_id uuid, request_id text, address inet, attempts integer, details jsonb)
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 UPDATE mails m SET attempts = (m.attempts + 1), next_attempt_at = (now() + make_interval(secs => (claim_mails.lease_seconds)::double precision))
   WHERE ((m.tenant_id, m.id) IN ( SELECT due.tenant_id,
             due.id
            FROM (mails due
              JOIN ( SELECT w.tenant_id,
                     w.id,
                     row_number() OVER (PARTITION BY w.tenant_id ORDER BY w.next_attempt_at) AS turn
                    FROM mails w
                   WHERE (w.next_attempt_at <= now())) waiting ON (((waiting.tenant_id = due.tenant_id) AND (waiting.id = due.id))))
           WHERE (due.next_attempt_at <= now())
           ORDER BY waiting.turn, due.next_attempt_at
          LIMIT claim_mails.most
          FOR UPDATE OF due SKIP LOCKED))
   RETURNING m.id,
     m.tenant_id,
     m.kind,
     m.recipient,
     m.subject_id,
     m.request_id,
     m.address,
     m.attempts,
     m.details;
END;
alter function claim_mails(integer,integer) owner to condo_platform;
grant execute on function claim_mails(integer,integer) to condo_app;
comment on function claim_mails(integer,integer) is 'Takes mails that are due, of tenants in turn. Whoever takes them sends them within the lease; afterwards they are due again.';

CREATE OR REPLACE FUNCTION public.condo_tenant_id()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (NULLIF(current_setting('condo.tenant_id'::text, true), ''::text))::uuid;
grant execute on function condo_tenant_id() to condo_app;
grant execute on function condo_tenant_id() to condo_platform;
grant execute on function condo_tenant_id() to public;
comment on function condo_tenant_id() is 'The tenant that the transaction acts for; null when none is set, so that no row matches.';

CREATE OR REPLACE FUNCTION public.count_failure_of_address(address inet, window_seconds integer)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 INSERT INTO address_failures AS f (network, failures, window_ends_at)
   VALUES (network_of(count_failure_of_address.address), 1, (now() + make_interval(secs => (count_failure_of_address.window_seconds)::double precision))) ON CONFLICT(network) DO UPDATE SET failures =
         CASE
             WHEN (f.window_ends_at > now()) THEN (f.failures + 1)
             ELSE 1
         END, window_ends_at =
         CASE
             WHEN (f.window_ends_at > now()) THEN f.window_ends_at
             ELSE excluded.window_ends_at
         END;
END;
alter function count_failure_of_address(inet,integer) owner to condo_platform;
grant execute on function count_failure_of_address(inet,integer) to condo_app;

CREATE OR REPLACE FUNCTION public.count_version()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      new.version = old.version + 1;
      return new;
    end $function$;
grant execute on function count_version() to public;
comment on function count_version() is 'Counts the changes of a row, whoever makes them: an ETag is made of it.';

CREATE OR REPLACE FUNCTION public.delivery_id(event_id uuid, destination_id uuid)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (((((substr(replace((event_id)::text, '-'::text, ''::text), 1, 12) || '7'::text) || substr(md5(((event_id)::text || (destination_id)::text)), 1, 3)) || '8'::text) || substr(md5(((event_id)::text || (destination_id)::text)), 4, 15)))::uuid;
grant execute on function delivery_id(uuid,uuid) to condo_app;
grant execute on function delivery_id(uuid,uuid) to condo_platform;
grant execute on function delivery_id(uuid,uuid) to public;

CREATE OR REPLACE FUNCTION public.erase_audit(tenant uuid, most integer)
 RETURNS TABLE(name text, erased integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
    begin
      if not exists (select from tenants t where t.id = tenant and t.status = 'closed') then
        raise exception 'The audit log of a tenant that is not closed is kept' using errcode = '22023';
      end if;
      name := 'audit_chain';
      delete from audit_chain c where c.tenant_id = tenant and c.sequence in (
        select i.sequence from audit_chain i where i.tenant_id = tenant limit most);
      get diagnostics erased = row_count;
      return next;
      name := 'audit_checkpoints';
      delete from audit_checkpoints c where c.tenant_id = tenant and c.sequence in (
        select i.sequence from audit_checkpoints i where i.tenant_id = tenant limit most);
      get diagnostics erased = row_count;
      return next;
      name := 'audit_logs';
      delete from audit_logs a where a.tenant_id = tenant and a.id in (
        select i.id from audit_logs i where i.tenant_id = tenant limit most);
      get diagnostics erased = row_count;
      return next;
      name := 'audit_unchained';
      delete from audit_unchained u where u.tenant_id = tenant and u.audit_id in (
        select i.audit_id from audit_unchained i where i.tenant_id = tenant limit most);
      get diagnostics erased = row_count;
      return next;
    end $function$;
alter function erase_audit(uuid,integer) owner to condo_archivist;
grant execute on function erase_audit(uuid,integer) to condo_platform;
comment on function erase_audit(uuid,integer) is 'Removes a closed tenant''s audit log, so many rows of each of its tables at a time; all zero when none are left.';

CREATE OR REPLACE FUNCTION public.event_type_matches(patterns text[], event_type text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (EXISTS (SELECT FROM unnest(event_type_matches.patterns) pattern(pattern) WHERE ((pattern.pattern = ANY (ARRAY['*'::text, event_type_matches.event_type])) OR (("right"(pattern.pattern, 2) = '.*'::text) AND starts_with(event_type_matches.event_type, "left"(pattern.pattern, '-1'::integer))))));
grant execute on function event_type_matches(text[],text) to condo_app;
grant execute on function event_type_matches(text[],text) to condo_platform;
grant execute on function event_type_matches(text[],text) to public;

CREATE OR REPLACE FUNCTION public.failures_of_address(address inet)
 RETURNS TABLE(failures integer, retry_after_seconds integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 SELECT f.failures,
     (ceil(EXTRACT(epoch FROM (f.window_ends_at - now()))))::integer AS ceil
    FROM address_failures f
   WHERE ((f.network = network_of(failures_of_address.address)) AND (f.window_ends_at > now()));
END;
alter function failures_of_address(inet) owner to condo_platform;
grant execute on function failures_of_address(inet) to condo_app;

CREATE OR REPLACE FUNCTION public.is_service_client(client text, hash bytea)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 SELECT (EXISTS ( SELECT
            FROM service_clients c
           WHERE ((c.name = is_service_client.client) AND (c.revoked_at IS NULL) AND ((c.secret_hash = is_service_client.hash) OR ((c.previous_secret_hash = is_service_client.hash) AND (c.previous_expires_at > now())))))) AS "exists";
END;
alter function is_service_client(text,bytea) owner to condo_platform;
grant execute on function is_service_client(text,bytea) to condo_app;
comment on function is_service_client(text,bytea) is 'Whether a service that is not revoked has this secret, or had it until a moment ago.';

CREATE OR REPLACE FUNCTION public.list_tenants(search text, statuses text[], of_plan text, before uuid, most integer)
 RETURNS SETOF tenants
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
      select t.* from tenants t
      where (search is null or position(lower(search) in lower(t.name)) > 0 or position(lower(search) in t.slug) > 0
             or position(lower(search) in t.domain) > 0)
        and (statuses is null or t.status = any (statuses))
        and (of_plan is null or t.plan = of_plan)
        and (before is null or t.id < before)
      order by t.id desc limit most
    $function$;
alter function list_tenants(text,text[],text,uuid,integer) owner to condo_platform;
grant execute on function list_tenants(text,text[],text,uuid,integer) to condo_app;
comment on function list_tenants(text,text[],text,uuid,integer) is 'Tenants, newest first: the one question over all of them that a service may ask, for super admins alone.';

CREATE OR REPLACE FUNCTION public.live_api_keys(hashes bytea[])
 RETURNS TABLE(secret_hash bytea, key_id uuid, key_name text, tenant_id uuid, tenant_slug text, owner_id uuid, role text, custom_permissions text[], permissions text[], is_touch_due boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 SELECT h.hash,
     k.id,
     k.name,
     k.tenant_id,
     t.slug,
     k.owner_id,
     u.role,
     r.permissions,
     k.permissions,
     ((k.last_used_at IS NULL) OR (k.last_used_at < (now() - '00:01:00'::interval)))
    FROM ((((unnest(live_api_keys.hashes) h(hash)
      JOIN api_keys k ON (((k.secret_hash = h.hash) OR ((k.previous_secret_hash = h.hash) AND (k.previous_expires_at > now())))))
      JOIN users u ON (((u.tenant_id = k.tenant_id) AND (u.id = k.owner_id))))
      JOIN tenants t ON ((t.id = k.tenant_id)))
      LEFT JOIN roles r ON (((r.tenant_id = u.tenant_id) AND (r.id = u.role_id))))
   WHERE ((k.revoked_at IS NULL) AND ((k.expires_at IS NULL) OR (k.expires_at > now())) AND u.is_active AND (u.deleted_at IS NULL) AND (t.status = ANY (ARRAY['trial'::text, 'active'::text])));
END;
alter function live_api_keys(bytea[]) owner to condo_platform;
grant execute on function live_api_keys(bytea[]) to condo_app;
comment on function live_api_keys(bytea[]) is 'Which of these API keys may act now, for whom, and with which permissions: the one place where revoking, expiry and the end of their owner show.';

CREATE OR REPLACE FUNCTION public.live_service_clients(names text[], tenant_ids uuid[])
 RETURNS TABLE(name text, permissions text[], tenant_id uuid, tenant_slug text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 SELECT c.name,
     c.permissions,
     t.id,
     t.slug
    FROM ((UNNEST(live_service_clients.names, live_service_clients.tenant_ids) asked(name, tenant_id)
      JOIN service_clients c ON ((c.name = asked.name)))
      JOIN tenants t ON ((t.id = asked.tenant_id)))
   WHERE ((c.revoked_at IS NULL) AND (t.status = ANY (ARRAY['trial'::text, 'active'::text])));
END;
alter function live_service_clients(text[],uuid[]) owner to condo_platform;
grant execute on function live_service_clients(text[],uuid[]) to condo_app;
comment on function live_service_clients(text[],uuid[]) is 'Which of these services may act now for the tenant beside them, and with which permissions: the one place where revoking a service and suspending a tenant show.';

CREATE OR REPLACE FUNCTION public.live_sessions(ids uuid[])
 RETURNS TABLE(session_id uuid, tenant_id uuid, tenant_slug text, user_id uuid, role text, custom_permissions text[], email text, first_name text, last_name text, is_touch_due boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 SELECT s.id,
     s.tenant_id,
     t.slug,
     s.user_id,
     u.role,
     r.permissions,
     u.email,
     u.first_name,
     u.last_name,
     (s.last_used_at < (now() - '00:01:00'::interval))
    FROM (((sessions s
      JOIN users u ON (((u.tenant_id = s.tenant_id) AND (u.id = s.user_id))))
      JOIN tenants t ON ((t.id = s.tenant_id)))
      LEFT JOIN roles r ON (((r.tenant_id = u.tenant_id) AND (r.id = u.role_id))))
   WHERE ((s.id = ANY (live_sessions.ids)) AND (s.ended_at IS NULL) AND (s.expires_at > now()) AND u.is_active AND (u.deleted_at IS NULL) AND (t.status = ANY (ARRAY['trial'::text, 'active'::text])));
END;
alter function live_sessions(uuid[]) owner to condo_platform;
grant execute on function live_sessions(uuid[]) to condo_app;
comment on function live_sessions(uuid[]) is 'Which of these sessions may act now, as whom, and with which permissions: the one place where logout, disabling, deletion, a change of role and suspension show.';

CREATE OR REPLACE FUNCTION public.mark_idempotency_key(owner_tenant uuid, owner_caller text, owner_key bytea, claim uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
    begin
      if pg_current_xact_id_if_assigned() is null then return true; end if;
      update idempotency_keys set changed_at = coalesce(changed_at, now())
      where tenant_id = owner_tenant and caller = owner_caller and key_hash = owner_key
        and claim_id = claim and status_code is null;
      return found;
    end $function$;
alter function mark_idempotency_key(uuid,text,bytea,uuid) owner to condo_platform;
grant execute on function mark_idempotency_key(uuid,text,bytea,uuid) to condo_app;
comment on function mark_idempotency_key(uuid,text,bytea,uuid) is 'Notes that the transaction changed something under a claim, whichever tenant it acts for; false when the claim is another''s by now.';

CREATE OR REPLACE FUNCTION public.network_of(address inet)
 RETURNS inet
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE family(address) WHEN 6 THEN (network(set_masklen(address, 64)))::inet ELSE (host(address))::inet END;
grant execute on function network_of(inet) to public;

CREATE OR REPLACE FUNCTION public.outbox_announce()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      perform pg_notify('condo_outbox', '');
      return null;
    end $function$;
grant execute on function outbox_announce() to public;

CREATE OR REPLACE FUNCTION public.plans_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      update tenants set plan = new.name where plan = new.name;
      return null;
    end $function$;
grant execute on function plans_changed() to public;

CREATE OR REPLACE FUNCTION public.prune_audit(tenant uuid, through bigint)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
    declare
      pruned integer;
      ids uuid[];
    begin
      perform pg_advisory_xact_lock(hashtext('condo audit prune'), hashtext(tenant::text));
      if exists (
        select from audit_chain c left join audit_logs a on a.tenant_id = c.tenant_id and a.id = c.audit_id
        where c.tenant_id = tenant and c.sequence <= through
          and (a.id is null or a.created_at > now() - interval '30 days')
      ) then
        raise exception 'The audit log keeps what is younger than 30 days, and the link of a row that is missing'
          using errcode = '22023';
      end if;
      insert into audit_checkpoints (tenant_id, sequence, hash)
        select c.tenant_id, c.sequence, c.hash from audit_chain c where c.tenant_id = tenant and c.sequence = through;
      if not found then return 0; end if;
      with gone as (delete from audit_chain c where c.tenant_id = tenant and c.sequence <= through returning c.audit_id)
        select array_agg(audit_id) into ids from gone;
      delete from audit_logs a where a.tenant_id = tenant and a.id = any (ids);
      get diagnostics pruned = row_count;
      return pruned;
    end $function$;
alter function prune_audit(uuid,bigint) owner to condo_archivist;
grant execute on function prune_audit(uuid,bigint) to condo_platform;
comment on function prune_audit(uuid,bigint) is 'Removes a tenant''s audit rows from the start of the chain through a link, and keeps that link''s hash as a checkpoint.';

CREATE OR REPLACE FUNCTION public.prune_credentials()
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 DELETE FROM login_attempts
   WHERE ((login_attempts.last_attempt_at < (now() - '2 days'::interval)) AND (COALESCE(login_attempts.locked_until, now()) <= now()));
 DELETE FROM address_failures
   WHERE (address_failures.window_ends_at < now());
 DELETE FROM mail_tokens
   WHERE (mail_tokens.expires_at < (now() - '1 day'::interval));
 DELETE FROM mails
   WHERE (mails.created_at < (now() - '7 days'::interval));
END;
alter function prune_credentials() owner to condo_platform;
grant execute on function prune_credentials() to condo_app;
comment on function prune_credentials() is 'Removes what no longer says anything: ended counts, dead tokens, mails nobody could send.';

CREATE OR REPLACE FUNCTION public.resolve_source_key(key text)
 RETURNS TABLE(tenant_id uuid, service_name text, status text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 SELECT s.tenant_id,
     s.service_name,
     t.status
    FROM (webhook_sources s
      JOIN tenants t ON ((t.id = s.tenant_id)))
   WHERE ((s.source_key = resolve_source_key.key) AND (s.deleted_at IS NULL));
END;
alter function resolve_source_key(text) owner to condo_platform;
grant execute on function resolve_source_key(text) to condo_app;
comment on function resolve_source_key(text) is 'Whose source a source''s own URL stands for.';

CREATE OR REPLACE FUNCTION public.resolve_tenant(reference text)
 RETURNS TABLE(id uuid, slug text, status text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 SELECT t.id,
     t.slug,
     t.status
    FROM tenants t
   WHERE ((t.slug = lower(resolve_tenant.reference)) OR (t.id = ( SELECT d.tenant_id
            FROM tenant_domains d
           WHERE ((d.domain = lower(resolve_tenant.reference)) AND (d.status = 'verified'::text)))) OR (t.id =
         CASE
             WHEN (resolve_tenant.reference ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'::text) THEN (resolve_tenant.reference)::uuid
             ELSE NULL::uuid
         END))
   ORDER BY ((t.id)::text = lower(resolve_tenant.reference)) DESC, (t.slug = lower(resolve_tenant.reference)) DESC
  LIMIT 1;
END;
alter function resolve_tenant(text) owner to condo_platform;
grant execute on function resolve_tenant(text) to condo_app;
comment on function resolve_tenant(text) is 'A tenant by its id, its slug or a domain that it has proven, in this order: nobody takes another''s id as slug, or slug as domain.';

CREATE OR REPLACE FUNCTION public.sources_named(tenants text[], keys text[], services text[], earliest timestamp with time zone, most_secrets integer)
 RETURNS TABLE(place integer, tenant_id uuid, status text, source_id uuid, provider text, config jsonb, dedupe_window_seconds integer, tenant_pointer text, plan_limits jsonb, limit_overrides jsonb, secrets json)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 SELECT (named.place)::integer AS place,
     owner.id,
     owner.status,
     source.id,
     source.provider,
     source.config,
     source.dedupe_window_seconds,
     source.tenant_pointer,
     plan.limits,
     tenant.limit_overrides,
     ( SELECT json_agg(json_build_object('id', secret.id, 'sealed', translate(encode(secret.secret_sealed, 'base64'::text), '
'::text, ''::text), 'valid_from', secret.valid_from, 'expires_at', secret.expires_at) ORDER BY secret.id DESC) AS json_agg
            FROM ( SELECT s.id,
                     s.secret_sealed,
                     s.valid_from,
                     s.expires_at
                    FROM webhook_source_secrets s
                   WHERE ((s.tenant_id = source.tenant_id) AND (s.source_id = source.id) AND ((s.expires_at IS NULL) OR (s.expires_at > sources_named.earliest)))
                   ORDER BY s.id DESC
                  LIMIT sources_named.most_secrets) secret) AS json_agg
    FROM ((((UNNEST(sources_named.tenants, sources_named.keys, sources_named.services) WITH ORDINALITY named(tenant, key, service, place)
      LEFT JOIN LATERAL ( SELECT r.id,
             r.status
            FROM resolve_tenant(named.tenant) r(id, slug, status)
           WHERE (named.tenant IS NOT NULL)
         UNION ALL
          SELECT k.tenant_id,
             k.status
            FROM resolve_source_key(named.key) k(tenant_id, service_name, status)
           WHERE ((named.key IS NOT NULL) AND (k.service_name = named.service))
  LIMIT 1) owner ON (true))
      LEFT JOIN tenants tenant ON ((tenant.id = owner.id)))
      LEFT JOIN plans plan ON ((plan.name = tenant.plan)))
      LEFT JOIN webhook_sources source ON (((source.tenant_id = owner.id) AND (source.service_name = named.service) AND (source.deleted_at IS NULL) AND source.is_active)));
END;
alter function sources_named(text[],text[],text[],timestamp with time zone,integer) owner to condo_platform;
grant execute on function sources_named(text[],text[],text[],timestamp with time zone,integer) to condo_app;
comment on function sources_named(text[],text[],text[],timestamp with time zone,integer) is 'The active sources that webhooks name by a tenant or by a source''s own key, each with its sealed secrets, newest first, and what its plan says: one row a name, in no order, with nulls for what is not there.';

CREATE OR REPLACE FUNCTION public.tenants_follow_plan()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      new.event_retention_days := coalesce(
        new.limit_overrides ->> 'event_retention_days',
        (select p.limits ->> 'event_retention_days' from plans p where p.name = new.plan),
        '30'
      )::smallint;
      return new;
    end $function$;
grant execute on function tenants_follow_plan() to public;
comment on function tenants_follow_plan() is 'Keeps events as long as the plan says, for recording reads the tenant alone.';

CREATE OR REPLACE FUNCTION public.tenants_of_email(address text)
 RETURNS TABLE(tenant_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 SELECT named.tenant_id
    FROM ( SELECT u.tenant_id,
             rank() OVER (ORDER BY (u.email_verified_at IS NULL)) AS place
            FROM users u
           WHERE ((u.email = lower(tenants_of_email.address)) AND (u.deleted_at IS NULL))) named
   WHERE (named.place = 1)
  LIMIT 2;
END;
alter function tenants_of_email(text) owner to condo_platform;
grant execute on function tenants_of_email(text) to condo_app;
comment on function tenants_of_email(text) is 'In which tenants an e-mail address has a user who has verified it, or has a user at all where none has: two at most, for a login has to name the tenant then.';

CREATE OR REPLACE FUNCTION public.touch_api_keys(ids uuid[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 UPDATE api_keys SET last_used_at = now()
   WHERE ((api_keys.tenant_id, api_keys.id) IN ( SELECT k.tenant_id,
             k.id
            FROM api_keys k
           WHERE ((k.id = ANY (touch_api_keys.ids)) AND ((k.last_used_at IS NULL) OR (k.last_used_at < (now() - '00:01:00'::interval))))
           ORDER BY k.id
          FOR UPDATE OF k SKIP LOCKED));
END;
alter function touch_api_keys(uuid[]) owner to condo_platform;
grant execute on function touch_api_keys(uuid[]) to condo_app;
comment on function touch_api_keys(uuid[]) is 'Notes that API keys are in use, at most once a minute each. It waits for nobody.';

CREATE OR REPLACE FUNCTION public.touch_sessions(ids uuid[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
BEGIN ATOMIC
 UPDATE sessions SET last_used_at = now()
   WHERE (sessions.id IN ( SELECT s.id
            FROM sessions s
           WHERE ((s.id = ANY (touch_sessions.ids)) AND (s.last_used_at < (now() - '00:01:00'::interval)))
           ORDER BY s.id
          FOR UPDATE OF s SKIP LOCKED));
END;
alter function touch_sessions(uuid[]) owner to condo_platform;
grant execute on function touch_sessions(uuid[]) to condo_app;
comment on function touch_sessions(uuid[]) is 'Notes that sessions are in use, at most once a minute each. It waits for nobody.';

CREATE OR REPLACE FUNCTION public.users_email_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      new.email_verified_at = null;
      return new;
    end $function$;
grant execute on function users_email_changed() to public;

CREATE OR REPLACE FUNCTION public.webhook_events_announce()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      perform pg_notify('condo_webhook_events', '');
      return null;
    end $function$;
grant execute on function webhook_events_announce() to public;

CREATE OR REPLACE FUNCTION public.webhook_partitions_ensure(weeks_ahead integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
    declare
      this_week timestamp := date_trunc('week', now() at time zone 'UTC');
      week timestamp;
      parent text;
      key text;
      name text;
      later text;
      days integer;
      low uuid;
      high uuid;
      made integer := 0;
    begin
      if weeks_ahead not between 0 and 12 then
        raise exception 'weeks_ahead is between 0 and 12';
      end if;
      -- Nobody waits for long behind this.
      perform set_config('lock_timeout', '5s', true);
      perform pg_advisory_xact_lock(hashtext('condo partitions'));
      foreach parent in array array['webhook_events', 'webhook_deliveries', 'webhook_attempts'] loop
        key := case parent when 'webhook_attempts' then 'delivery_id' else 'id' end;
        later := parent || '_later';
        select max(to_date(substring(c.relname from '[0-9]{8}$'), 'YYYYMMDD')) + 7 into week
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = ('public.' || parent)::regclass and c.relname ~ '_[0-9]{8}$';
        continue when week > this_week + weeks_ahead * interval '7 days';
        if week is null then
          week := this_week - interval '7 days';
          low := (lpad(to_hex((extract(epoch from week) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
          execute format('create table public.%I partition of public.%I for values from (minvalue) to (%L)', parent || '_earlier', parent, low);
          execute format('create table public.%I partition of public.%I for values from (%L) to (maxvalue)', later, parent, low);
        end if;
        execute format('alter table public.%I detach partition public.%I', parent, later);
        while week <= this_week + weeks_ahead * interval '7 days' loop
          low := (lpad(to_hex((extract(epoch from week) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
          week := week + interval '7 days';
          high := (lpad(to_hex((extract(epoch from week) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
          name := parent || '_' || to_char(week - interval '7 days', 'YYYYMMDD');
          execute format('create table public.%I partition of public.%I for values from (%L) to (%L) partition by list (retention_days)', name, parent, low, high);
          foreach days in array array[7, 30, 90, 365] loop
            execute format('create table public.%I partition of public.%I for values in (%s)', name || '_' || days, name, days);
          end loop;
          -- What came in while the week had no partition.
          execute format(
            'with moved as (delete from public.%I where %I < %L returning *) insert into public.%I select * from moved',
            later, key, high, name
          );
          made := made + 1;
        end loop;
        execute format('alter table public.%I attach partition public.%I for values from (%L) to (maxvalue)', parent, later, high);
      end loop;
      return made;
    end $function$;
grant execute on function webhook_partitions_ensure(integer) to condo_platform;
comment on function webhook_partitions_ensure(integer) is 'Makes the partitions of webhook_events, webhook_deliveries and webhook_attempts up to some weeks ahead. Below and above the weeks lies one that takes the rest; a default one would keep the planner from reading the weeks in order.';

CREATE OR REPLACE FUNCTION public.webhook_partitions_expire()
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
    declare
      part record;
      dropped integer := 0;
    begin
      perform set_config('lock_timeout', '5s', true);
      perform pg_advisory_xact_lock(hashtext('condo partitions'));
      for part in
        select leaf.relname as name
        from pg_inherits top
        join pg_class week on week.oid = top.inhrelid and week.relname ~ '_[0-9]{8}$'
        join pg_inherits below on below.inhparent = week.oid
        join pg_class leaf on leaf.oid = below.inhrelid and leaf.relname ~ '_[0-9]{8}_[0-9]+$'
        where top.inhparent in ('webhook_events'::regclass, 'webhook_deliveries'::regclass, 'webhook_attempts'::regclass)
          and to_date(substring(week.relname from '[0-9]{8}$'), 'YYYYMMDD') + 7
            + substring(leaf.relname from '[0-9]+$')::integer <= (now() at time zone 'UTC')::date
      loop
        execute format('drop table public.%I', part.name);
        dropped := dropped + 1;
      end loop;
      for part in
        select week.relname as name
        from pg_inherits top
        join pg_class week on week.oid = top.inhrelid and week.relname ~ '_[0-9]{8}$'
        where top.inhparent in ('webhook_events'::regclass, 'webhook_deliveries'::regclass, 'webhook_attempts'::regclass)
          and not exists (select from pg_inherits below where below.inhparent = week.oid)
      loop
        execute format('drop table public.%I', part.name);
      end loop;
      return dropped;
    end $function$;
grant execute on function webhook_partitions_expire() to condo_platform;
comment on function webhook_partitions_expire() is 'Drops the partitions of which everything is older than its retention.';
