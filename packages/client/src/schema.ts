// Made from the API's OpenAPI document: CONDO_UPDATE_CLIENT=1 npm test -- packages/e2e/test/client

export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The public keys of access tokens (RFC 7517)
         * @description Verifies access tokens anywhere: the key is the one whose `kid` stands in the token. Keys rotate; the next one is published before it signs.
         */
        get: operations["getJwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API keys, newest first
         * @description The tenant's keys with owner, scopes and last use. The keys themselves are shown once, when they are made.
         *
         *     Needs `api_keys:read`.
         */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make an API key
         * @description Send it as `Authorization: Bearer ck_…` or `X-API-Key`, to any service. Whoever makes a key owns it: it may what its scopes say and its owner still may, and ends with its owner's account. Only people make keys.
         *
         *     Needs `api_keys:write`.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{api_key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description It is refused from the next request on, by every service.
         *
         *     Needs `api_keys:write`.
         */
        delete: operations["deleteApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{api_key_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace an API key by a new one with the same scopes
         * @description Whoever rotates a key becomes its owner, and must have its permissions. Another's key ends at once: an overlap is refused with `overlap_refused`. A key that an earlier rotation left is refused from now on.
         *
         *     Needs `api_keys:write`.
         */
        post: operations["rotateApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List audit entries, newest first
         * @description Who changed what, when, from where: written in the transaction of the change. All filters have to fit.
         *
         *     Needs `audit_logs:read`.
         */
        get: operations["listAuditLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-logs/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Take audit entries out as a file, newest first
         * @description One entry a line, streamed. The export is an entry itself.
         *
         *     Needs `audit_logs:read`.
         */
        get: operations["exportAuditLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-logs/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check the audit log against its hash chain
         * @description Reads the tenant's whole log and follows its links. What was changed, taken out or put in afterwards shows as `broken`.
         *
         *     Needs `audit_logs:read`.
         */
        get: operations["verifyAuditLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/forgot-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail to reset a password by
         * @description The answer is the same whether there is such a user or not. Name the tenant if the address is known to several.
         */
        post: operations["forgotPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description Answers tokens, or what a second factor needs.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description Ends the session: its tokens are refused from the next request on, by every service.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is logged in
         * @description The user of the token, and what it may do at this moment: roles are read anew, not from the token.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One's own factors
         * @description Which second factors the caller has, and how many recovery codes are left.
         */
        get: operations["getMfa"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/enrol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set up an authenticator app in the middle of a login, where the tenant requires one
         * @description `POST /auth/mfa/verify` with a first code of it then ends the login.
         */
        post: operations["enrolMfa"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/passkey-options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a passkey as the second factor
         * @description In the middle of a login that answered `mfa_required`: what the browser needs to ask one of the passkeys of that user.
         */
        post: operations["startMfaPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make new recovery codes; the old ones end
         * @description Needs a session that was opened within 15 minutes.
         */
        post: operations["renewRecoveryCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set up an authenticator app
         * @description It protects the account once a code of it was confirmed. Needs a session that was opened within 15 minutes.
         */
        post: operations["startTotp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put an authenticator app into use, by a first code of it
         * @description Takes a login of a moment ago. With the first factor come recovery codes, shown this once.
         */
        post: operations["confirmTotp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/totp/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take an authenticator app out of use, by a code
         * @description Recovery codes end with the last factor.
         */
        post: operations["disableTotp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a login with a second factor
         * @description After five wrong codes in a row each further one locks for longer, up to an hour. Where the login asked for an enrolment, the first code of the new app ends it, and recovery codes are shown.
         */
        post: operations["verifyMfa"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/{tenant_id}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the identity provider sends the browser back to
         * @description Tokens are not in URLs: the answer, or `return_to`, gets a code for one use.
         */
        get: operations["finishOidc"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/{tenant_slug}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Go to the tenant's own identity provider to log in
         * @description Opened in a browser: redirects to the provider, bound to this browser by a cookie. 404 where the tenant has none.
         */
        get: operations["startOidc"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a login at the identity provider
         * @description The browser that began the login exchanges the code of its end. A user who has a second factor here, or whose tenant requires one, gets `mfa_required`, unless the provider says in `amr` that it asked for one itself.
         */
        post: operations["exchangeOidcCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a passkey
         * @description Takes what the browser made of the options asked for before, and a login of a moment ago. With the first factor come recovery codes, shown this once.
         */
        post: operations["createPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys/{passkey_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a passkey of one's own
         * @description Recovery codes end with the last factor. Needs a session that was opened within 15 minutes.
         */
        delete: operations["deletePasskey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in by passkey alone
         * @description The passkey has to verify its user (a PIN, a finger), so it is both factors.
         */
        post: operations["passkeyLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys/login-options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a login by passkey alone
         * @description The tenant has to be named: by tenant_slug, X-Tenant-ID or its subdomain.
         */
        post: operations["startPasskeyLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys/registration-options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to register a passkey
         * @description Needs a session that was opened within 15 minutes.
         */
        post: operations["startPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange a refresh token for new tokens
         * @description A refresh token is good for one exchange. Presenting it again later ends its session.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a tenant with its first admin
         * @description Begins a tenant and its first user, a `tenant_admin`, who gets a mail to verify the address. It logs nobody in: that is `POST /auth/login`.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/resend-verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for another mail to verify one's e-mail address by
         * @description Nothing is sent for an address that is verified, nor more than five mails an hour.
         */
        post: operations["resendVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/reset-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a new password by a mailed token
         * @description The token works once, within 30 minutes. All sessions end, and nobody is logged in: the next login asks for the second factor as ever.
         */
        post: operations["resetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/service-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a service's token for one tenant
         * @description OAuth 2 client credentials, as JSON or as a form. Services are the operator's: `condo services create`. A token lasts 5 minutes, and ends with the service or the tenant.
         */
        post: operations["issueServiceToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/verify-email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify an e-mail address by a mailed token
         * @description The token is good once, and others that were mailed to the same user end with it.
         */
        post: operations["verifyEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/circuit-breakers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the circuit breakers, one a destination
         * @description An open one holds back deliveries without spending their attempts, until its destination is probed.
         *
         *     Needs `circuit_breakers:read`.
         */
        get: operations["listCircuitBreakers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/circuit-breakers/{destination_id}/force-open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a circuit breaker, until it is reset
         * @description What comes for the destination waits, and spends no attempts.
         *
         *     Needs `circuit_breakers:write`.
         */
        post: operations["forceOpenCircuitBreaker"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/circuit-breakers/{destination_id}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close a circuit breaker
         * @description What waits for the destination is sent at once.
         *
         *     Needs `circuit_breakers:write`.
         */
        post: operations["resetCircuitBreaker"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries that were given up, newest first
         * @description Their attempts are used up, or trying again would not help. They can be sent again, or discarded.
         *
         *     Needs `webhook_events:read`.
         */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A delivery that was given up, with every attempt
         * @description 404 once it was sent again or discarded: see `/webhook-deliveries/{delivery_id}` then.
         *
         *     Needs `webhook_events:read`.
         */
        get: operations["getDeadLetter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{delivery_id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Discard a dead letter
         * @description It stays to be read among the deliveries.
         *
         *     Needs `webhook_deliveries:write`.
         */
        post: operations["discardDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/{delivery_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a dead letter again
         * @description Under the same `webhook-id`, with attempts that are counted on.
         *
         *     Needs `webhook_deliveries:write`.
         */
        post: operations["replayDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Discard dead letters
         * @description The oldest that fit, up to 10,000; `more` tells to ask again.
         *
         *     Needs `webhook_deliveries:write`.
         */
        post: operations["discardDeadLetters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/dead-letters/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send dead letters again, at a rate
         * @description All that fit and are dead now. The answer's id tells of the progress at /replays/{id}.
         *
         *     Needs `webhook_deliveries:write`.
         */
        post: operations["createReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/erasure-certificates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the certificates of erased tenants
         * @description For operators.
         *
         *     Needs `tenants:read`.
         */
        get: operations["listErasureCertificates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/erasure-certificates/{tenant_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The certificate of a tenant's erasure, as a file
         * @description For operators: what was erased where, and when. It outlives the tenant.
         *
         *     Needs `tenants:read`.
         */
        get: operations["getErasureCertificate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Invitations, newest first
         * @description Every invitation of the tenant and what became of it. Their tokens are mailed, and shown nowhere.
         *
         *     Needs `invitations:read`.
         */
        get: operations["listInvitations"];
        put?: never;
        /**
         * Invite somebody by mail
         * @description The role may have no permission that the caller lacks. The invitation lasts 7 days. Within an hour 5 mails go to one address and 200 to all; then it is 429 `too_many_invitations`.
         *
         *     Needs `invitations:write`.
         */
        post: operations["createInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{invitation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an invitation
         * @description Its link is refused from then on. 404 when it is not open: accepted, or revoked before.
         *
         *     Needs `invitations:write`.
         */
        delete: operations["revokeInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{invitation_id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an invitation again
         * @description It lasts 7 days from now, and the mail that was sent before is worthless. Whoever sends it again is who invites. Within an hour 5 mails go to one address and 200 to all; then it is 429 `too_many_invitations`.
         *
         *     Needs `invitations:write`.
         */
        post: operations["resendInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation by its mailed token
         * @description Makes the user, who can log in then. The token works once.
         */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mfa/policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the tenant requires a second factor
         * @description Holds for all its users, from their next login on. Its ETag makes a change of it conditional.
         *
         *     Needs `mfa:read`.
         */
        get: operations["getMfaPolicy"];
        /**
         * Require a second factor of all users of the tenant, or no longer
         * @description It holds from the next login on: who has no factor sets one up in the middle of it. Open sessions go on. Who requires it has a factor already.
         *
         *     Needs `mfa:write`.
         */
        put: operations["putMfaPolicy"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mfa/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take all factors from a user who lost them
         * @description Ends the user's sessions, and unlocks the second step. Nobody resets their own.
         *
         *     Needs `mfa:write`.
         */
        delete: operations["resetUserMfa"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/oidc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tenant's own identity provider
         * @description Issuer and client, and where the provider has to lead back to. Its secret is never shown. 404 where there is none.
         *
         *     Needs `oidc:read`.
         */
        get: operations["getOidc"];
        /**
         * Let users log in at the tenant's own identity provider
         * @description OpenID Connect, by authorization code with PKCE. The issuer is asked at once whether it is one. Who sets it decides who gets in, admins too, so it takes all that an admin may.
         *
         *     Needs `oidc:write`.
         */
        put: operations["putOidc"];
        post?: never;
        /**
         * Let nobody log in at the identity provider any more
         * @description Its users stay; open sessions go on.
         *
         *     Needs `oidc:write`.
         */
        delete: operations["deleteOidc"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What roles are made of, and what the built-in ones have
         * @description Every permission with what it lets do. A role of the tenant's own is made of some of them.
         *
         *     Needs `roles:read`.
         */
        get: operations["listPermissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List replays, newest first
         * @description What was asked for at `POST /dead-letters/replay`, running and ended.
         *
         *     Needs `webhook_events:read`.
         */
        get: operations["listReplays"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays/{replay_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A replay and how far it is
         * @description How many of its deliveries were sent on, of how many.
         *
         *     Needs `webhook_events:read`.
         */
        get: operations["getReplay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays/{replay_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a replay
         * @description What was sent again stays on its way; the rest stays dead.
         *
         *     Needs `webhook_deliveries:write`.
         */
        post: operations["cancelReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the tenant's own roles, newest first
         * @description Roles that the tenant made, with their permissions. The built-in ones are at `/permissions`.
         *
         *     Needs `roles:read`.
         */
        get: operations["listRoles"];
        put?: never;
        /**
         * Define a role
         * @description It may have no permission that the caller lacks.
         *
         *     Needs `roles:write`.
         */
        post: operations["createRole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles/{role_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A role
         * @description One role that the tenant made, with its permissions. Its ETag makes a change of it conditional.
         *
         *     Needs `roles:read`.
         */
        get: operations["getRole"];
        /**
         * Change a role
         * @description Users who have it may do more, or less, from their next request on.
         *
         *     Needs `roles:write`.
         */
        put: operations["updateRole"];
        post?: never;
        /**
         * Delete a role that no user has
         * @description 409 while a user has it. The caller has to have each of its permissions.
         *
         *     Needs `roles:write`.
         */
        delete: operations["deleteRole"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where one is logged in, newest first
         * @description One's own open sessions; the one that asks is marked.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /**
         * End all of one's sessions but this one
         * @description Their tokens are refused by every service from the next request on. Answers how many ended.
         */
        delete: operations["endOtherSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of one's sessions
         * @description Its tokens are refused by every service from the next request on. It may be the one that asks.
         */
        delete: operations["endOwnSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the platform's tenants, newest first
         * @description For operators, who are users of the tenant `platform`.
         *
         *     Needs `tenants:read`.
         */
        get: operations["listTenants"];
        put?: never;
        /**
         * Create a tenant
         * @description For operators; a customer registers by `POST /auth/register`.
         *
         *     Needs `tenants:write`.
         */
        post: operations["createTenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A tenant
         * @description The caller's own, or for operators any.
         *
         *     Needs `tenant:read`.
         */
        get: operations["getTenant"];
        /**
         * Change a tenant
         * @description The caller's own, of which name and domain can be changed; or for operators any.
         *
         *     Needs `tenant:write`.
         */
        put: operations["updateTenant"];
        post?: never;
        /**
         * Close a tenant, and have everything of it erased
         * @description Asked twice: the first answer has a confirmation. Then nobody can log in, nothing is taken in or sent, and after a grace, in which an operator can call it off, everything is erased. Export before.
         *
         *     Needs `tenant:close`.
         */
        delete: operations["deleteTenant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant_id}/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take out everything that a tenant owns
         * @description An archive (`tar.gz`) of JSON lines, a file a table, and a `manifest.json` at its end, without which it is not whole. Secrets and hashes are left out. It is streamed as it is read.
         *
         *     Needs `tenant:export`.
         */
        post: operations["exportTenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant_id}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a tenant may have, and has
         * @description The caller's own, or for operators any: each quota of the plan beside what is used of it, and the plan's features.
         *
         *     Needs `tenant:read`.
         */
        get: operations["getTenantUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The caller's tenant
         * @description Its name, state and plan. Its ETag makes a change of it conditional.
         *
         *     Needs `tenant:read`.
         */
        get: operations["getCurrentTenant"];
        /**
         * Change the caller's tenant
         * @description What is left out stays as it is. A domain stands for the tenant once it is verified.
         *
         *     Needs `tenant:write`.
         */
        put: operations["updateCurrentTenant"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/current/domains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the tenant's own domains
         * @description Every domain with its state and the DNS record that proves it. They are few: all are in one answer.
         *
         *     Needs `tenant:read`.
         */
        get: operations["listDomains"];
        put?: never;
        /**
         * Add a domain of the tenant's own
         * @description It stands for the tenant once it is verified: set the TXT `record` of the answer in DNS, then verify it.
         *
         *     Needs `tenant:write`.
         */
        post: operations["createDomain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/current/domains/{domain}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a domain from the tenant
         * @description It stands for the tenant no more, and can be proven by another.
         *
         *     Needs `tenant:write`.
         */
        delete: operations["deleteDomain"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/current/domains/{domain}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look in DNS whether a domain is the tenant's own
         * @description `status` says what came of it. A verified domain whose record is gone is `lapsed`, and stands for the tenant no more; where DNS does not answer (503), all stays as it is. A domain that another tenant has verified (409) moves once that tenant's record is gone.
         *
         *     Needs `tenant:write`.
         */
        post: operations["verifyDomain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/current/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take out everything that the caller's tenant owns
         * @description An archive (`tar.gz`) of JSON lines, a file a table, and a `manifest.json` at its end, without which it is not whole. Secrets and hashes are left out. It is streamed as it is read.
         *
         *     Needs `tenant:export`.
         */
        post: operations["exportCurrentTenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/current/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the caller's tenant may have, and has
         * @description Each quota of the plan beside what is used of it, and the plan's features. Counted at most once a second.
         *
         *     Needs `tenant:read`.
         */
        get: operations["getCurrentTenantUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users, newest first
         * @description The tenant's users, by every filter that is given. Deleted ones are listed apart, for as long as they can be restored.
         *
         *     Needs `users:read`.
         */
        get: operations["listUsers"];
        put?: never;
        /**
         * Create a user with a password
         * @description The role may have no permission that the caller lacks.
         *
         *     Needs `users:write`.
         */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A user
         * @description One user of the tenant, with role and state. Its ETag makes a change of it conditional.
         *
         *     Needs `users:read`.
         */
        get: operations["getUser"];
        /**
         * Change a user
         * @description A new role shows on the user's next request. A `role` alone takes away the role of the tenant's own.
         *
         *     Needs `users:write`.
         */
        put: operations["updateUser"];
        post?: never;
        /**
         * Delete a user
         * @description Ends the user's sessions and frees the e-mail address. The user can be restored, under the same id.
         *
         *     Needs `users:write`.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore a deleted user
         * @description As they were, role and password included. Sessions stay ended.
         *
         *     Needs `users:write`.
         */
        post: operations["restoreUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where a user is logged in, newest first
         * @description A user's open sessions, for who administers users.
         *
         *     Needs `sessions:read`.
         */
        get: operations["listUserSessions"];
        put?: never;
        post?: never;
        /**
         * End all sessions of a user
         * @description Their tokens are refused by every service from the next request on. Only for users whom the caller may manage. Answers how many ended.
         *
         *     Needs `sessions:write`.
         */
        delete: operations["endUserSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session of a user
         * @description Its tokens are refused by every service from the next request on. Only for users whom the caller may manage.
         *
         *     Needs `sessions:write`.
         */
        delete: operations["endUserSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}/unlock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unlock a user
         * @description Ends the locks that wrong passwords and wrong codes brought about, and forgets them. They would end by themselves.
         *
         *     Needs `users:write`.
         */
        post: operations["unlockUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change one's own password
         * @description Wrong guesses at the current one count as they do at a login, and lock the account. A password that another change gave meanwhile stays: `password_changed`.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All users as a file
         * @description Newest first, without the deleted. In CSV, a value that a spreadsheet would take for a formula begins with an apostrophe.
         *
         *     Needs `users:export`.
         */
        get: operations["exportUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import users
         * @description The body is CSV (`text/csv`, with a header) or JSON lines (`application/x-ndjson`), of 10,000 users at most, with `email`, `first_name`, `last_name`, and if you like `role`, `is_active` and `password_hash` (bcrypt of cost 12 at most, or argon2id with m of 131072, m times t of 262144 and p of 8 at most). One without a hash sets a password by way of a reset.
         *
         *     Needs `users:write`.
         */
        post: operations["importUsers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change one's own name
         * @description What is left out stays as it is. Address, password and role change elsewhere.
         */
        put: operations["updateProfile"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List deliveries, newest first
         * @description Each is one event on its way to one destination, however many attempts that takes. All filters have to fit.
         *
         *     Needs `webhook_events:read`.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A delivery with every attempt
         * @description One delivery, and what each attempt of it was answered.
         *
         *     Needs `webhook_events:read`.
         */
        get: operations["getDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-deliveries/{delivery_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a delivery again
         * @description Under the same `webhook-id`, with attempts that are counted on. One that is under way is left alone.
         *
         *     Needs `webhook_deliveries:write`.
         */
        post: operations["replayDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-destinations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List destinations
         * @description The tenant's webhook destinations, newest first. Their signing secrets are never shown again.
         *
         *     Needs `webhook_destinations:read`.
         */
        get: operations["listDestinations"];
        put?: never;
        /**
         * Create a destination
         * @description An HTTPS endpoint, or, with `kind: stream`, a Redis stream that internal services read.
         *
         *     Needs `webhook_destinations:write`.
         */
        post: operations["createDestination"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-destinations/{destination_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A destination
         * @description One destination, with what is sent to it and how. Its ETag makes a change of it conditional.
         *
         *     Needs `webhook_destinations:read`.
         */
        get: operations["getDestination"];
        /**
         * Change a destination
         * @description What is left out stays. A destination that is made active again gets what waited for it at once.
         *
         *     Needs `webhook_destinations:write`.
         */
        put: operations["updateDestination"];
        post?: never;
        /**
         * Delete a destination
         * @description Its deliveries stay to be read; those that wait are discarded.
         *
         *     Needs `webhook_destinations:write`.
         */
        delete: operations["deleteDestination"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-destinations/{destination_id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a destination a new secret
         * @description Made here and shown this once. Until the overlap ends, deliveries are signed with both.
         *
         *     Needs `webhook_destinations:write`.
         */
        post: operations["rotateDestinationSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-destinations/{destination_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a sample event to a destination
         * @description Signed, shaped and retried as any other, but sent to this destination alone, whatever it subscribes to.
         *
         *     Needs `webhook_destinations:write`.
         */
        post: operations["testDestination"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List events, newest first
         * @description The webhooks that the tenant's sources accepted, without their bodies, for as long as the plan keeps them.
         *
         *     Needs `webhook_events:read`.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-events/{event_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An event with its body and deliveries
         * @description One webhook as it was received: headers, bytes, and its first hundred deliveries. Headers with secrets are not kept.
         *
         *     Needs `webhook_events:read`.
         */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow events as they are recorded
         * @description Server-sent events, each with its headers and body. With `Last-Event-ID` it goes on behind that event, without gaps. It ends when the caller may not read events any more, or its token is over: connect again with a new one.
         *
         *     Needs `webhook_events:read`.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sources
         * @description The tenant's webhook sources, newest first. Their secrets are never shown.
         *
         *     Needs `webhook_sources:read`.
         */
        get: operations["listSources"];
        put?: never;
        /**
         * Create a source
         * @description From then on, senders may post to `source_url`, or to `/webhooks/{service_name}` with the tenant named otherwise. The secret is kept sealed, and never shown.
         *
         *     Needs `webhook_sources:write`.
         */
        post: operations["createSource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-sources/{source_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A source
         * @description What was last received and rejected is null too while Redis is away.
         *
         *     Needs `webhook_sources:read`.
         */
        get: operations["getSource"];
        /**
         * Change a source, or rotate its secret
         * @description What is left out stays as it is. A new secret can have an overlap, in which the one before still verifies.
         *
         *     Needs `webhook_sources:write`.
         */
        put: operations["updateSource"];
        post?: never;
        /**
         * Delete a source
         * @description Its events stay. Webhooks that still come are answered with 404.
         *
         *     Needs `webhook_sources:write`.
         */
        delete: operations["deleteSource"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-sources/{source_id}/rejections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests of a source that were rejected
         * @description The last 50 within the hour, newest first; without credentials, and of the body its hash alone.
         *
         *     Needs `webhook_sources:write`.
         */
        get: operations["listSourceRejections"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-sources/{source_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a sample through a source
         * @description Signs an event of the type `condo.test` with the source's newest valid secret, as its sender would, and posts it to the intake. It is stored and delivered like any other. A source with a public key can't be tested: only its sender can sign.
         *
         *     Needs `webhook_sources:write`.
         */
        post: operations["testSource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{service_name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Answer a sender's challenge
         * @description Meta, Dropbox and their kin ask with a GET whether they found the right place. Answered as the source's provider wants it; 404 where that provider asks nothing.
         */
        get: operations["answerChallenge"];
        put?: never;
        /**
         * Post a webhook
         * @description Takes a signed webhook of any content type. The tenant is named by the source's own URL, by subdomain, by a domain of its own, or by X-Tenant-ID. The signature is over the bytes as sent, or over what they unpack to where Content-Encoding says gzip, deflate or br. A 202, or what else the sender takes for a success, means that the webhook is on stable storage; a 429 or 503 says with Retry-After when to send it again. Who is refused again and again, for whatever reason, waits up to 5 seconds for each answer.
         */
        post: operations["receiveWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{service_name}/{source_key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Answer a sender's challenge
         * @description Meta, Dropbox and their kin ask with a GET whether they found the right place. Answered as the source's provider wants it; 404 where that provider asks nothing.
         */
        get: operations["answerChallengeBySourceKey"];
        put?: never;
        /**
         * Post a webhook
         * @description Takes a signed webhook of any content type. The tenant is named by the source's own URL, by subdomain, by a domain of its own, or by X-Tenant-ID. The signature is over the bytes as sent, or over what they unpack to where Content-Encoding says gzip, deflate or br. A 202, or what else the sender takes for a success, means that the webhook is on stable storage; a 429 or 503 says with Retry-After when to send it again. Who is refused again and again, for whatever reason, waits up to 5 seconds for each answer.
         */
        post: operations["receiveWebhookBySourceKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{service_name}/{source_key}/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Post many webhooks at once
         * @description Takes up to 10,000 events at once: a JSON array, or lines of JSON (`application/x-ndjson`), each event 1 MiB at most. Each gets a verdict of its own; one that is rejected costs no other. A source that signs, signs the whole body, and nothing of it is stored before its signature holds. Where that is over the body itself (Ed25519), or over something in it (Twilio's forms, Microsoft Graph), the body is as large as one webhook at most. A source that sends credentials (`basic`, `bearer`, `api-key`) may stream: events are stored as they arrive.
         */
        post: operations["receiveBulkBySourceKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{service_name}/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Post many webhooks at once
         * @description Takes up to 10,000 events at once: a JSON array, or lines of JSON (`application/x-ndjson`), each event 1 MiB at most. Each gets a verdict of its own; one that is rejected costs no other. A source that signs, signs the whole body, and nothing of it is stored before its signature holds. Where that is over the body itself (Ed25519), or over something in it (Twilio's forms, Microsoft Graph), the body is as large as one webhook at most. A source that sends credentials (`basic`, `bearer`, `api-key`) may stream: events are stored as they arrive.
         */
        post: operations["receiveBulk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether webhooks are accepted
         * @description For load balancers and senders: asks Redis and Postgres at this moment. 503 says that neither could take a webhook; `degraded`, that one of them takes them alone.
         */
        get: operations["getWebhooksHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the whole system is
         * @description With an access token, also the intake's lag and the workers' heartbeats.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ApiKey: {
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            /** @description To the minute */
            last_used_at: string | null;
            name: string;
            /** Format: uuid */
            owner_id: string;
            /** @description How the key begins */
            prefix: string;
            rotated_at: string | null;
            /** @description Permissions; the key has those that its owner has too */
            scopes: string[];
        };
        AuditLogEntry: {
            action: string;
            actor_id: string | null;
            /** @enum {string} */
            actor_type: "user" | "key" | "service" | "operator" | "anonymous";
            address: string | null;
            /** @description The subject after, its secrets masked */
            after: unknown;
            /** @description The subject before, its secrets masked */
            before: unknown;
            /** Format: date-time */
            created_at: string;
            /** @description SHA-256, in hex, of the link before and this entry */
            hash: string | null;
            /** Format: uuid */
            id: string;
            request_id: string | null;
            /** @description Its place in the tenant's chain; null for the moment until it has one */
            sequence: number | null;
            subject_id: string | null;
            subject_type: string;
        };
        BreakerSettings: {
            /** @description Share of failed attempts within the window that opens it, once it has seen `min_attempts` */
            failure_share?: number;
            /** @description Failures in a row that open it */
            failures?: number;
            /** @description Factor of the open time after each failed probe */
            growth?: number;
            min_attempts?: number;
            open_max_ms?: number;
            /** @description How long it stays open the first time */
            open_ms?: number;
            /** @description Attempts that have to go well before it closes */
            probes?: number;
            window_ms?: number;
        };
        BreakerSettingsInput: {
            /** @description Share of failed attempts within the window that opens it, once it has seen `min_attempts` */
            failure_share?: number;
            /** @description Failures in a row that open it */
            failures?: number;
            /** @description Factor of the open time after each failed probe */
            growth?: number;
            min_attempts?: number;
            open_max_ms?: number;
            /** @description How long it stays open the first time */
            open_ms?: number;
            /** @description Attempts that have to go well before it closes */
            probes?: number;
            window_ms?: number;
        };
        BulkResult: {
            /** @description Why it was rejected */
            code?: string;
            /**
             * Format: uuid
             * @description The event's id, where it was taken
             */
            id?: string;
            /** @description Which item, from 0 */
            index: number;
            /** @enum {string} */
            status: "accepted" | "duplicate" | "rejected";
        };
        CircuitBreaker: {
            /** Format: uuid */
            destination_id: string;
            destination_name: string;
            failing_since: string | null;
            /** @description How often in a row it opened */
            failures: number;
            /** @description Held open by hand, until a reset */
            forced: boolean;
            opened_at: string | null;
            /** @description The destination asked not to be called before */
            paused_until: string | null;
            /** @description When the destination is probed next */
            retry_at: string | null;
            /** @enum {string} */
            state: "closed" | "open" | "half_open";
            updated_at: string | null;
        };
        DeliveryAttempt: {
            duration_ms: number;
            error: string | null;
            number: number;
            response_excerpt: string | null;
            /** Format: date-time */
            started_at: string;
            status_code: number | null;
        };
        ErasureCertificate: {
            /** @description SHA-256, in hex, of this as JSON without it: names in order, no blanks */
            digest: string;
            /** @description Rows by table, and what was in Redis by its kind */
            erased: {
                [key: string]: number;
            };
            /** Format: date-time */
            finished_at: string;
            /** Format: date-time */
            requested_at: string;
            /** @description `user:<id>`, `key:<id>`, `service:<name>` or `operator:<name>` */
            requested_by: string;
            slug: string;
            /** Format: date-time */
            started_at: string;
            /** Format: uuid */
            tenant_id: string;
        };
        FilterCondition: {
            /** @constant */
            op: "eq";
            pointer: string;
            value: string | number | boolean | null;
        } | {
            /** @constant */
            op: "ne";
            pointer: string;
            value: string | number | boolean | null;
        } | {
            /** @constant */
            op: "in";
            pointer: string;
            value: (string | number | boolean | null)[];
        } | {
            /** @constant */
            op: "exists";
            pointer: string;
            value: boolean;
        } | {
            /** @constant */
            op: "gt";
            pointer: string;
            value: string | number;
        } | {
            /** @constant */
            op: "lt";
            pointer: string;
            value: string | number;
        } | {
            /** @constant */
            op: "prefix";
            pointer: string;
            value: string;
        };
        FilterConditionInput: {
            /** @constant */
            op: "eq";
            pointer: string;
            value: string | number | boolean | null;
        } | {
            /** @constant */
            op: "ne";
            pointer: string;
            value: string | number | boolean | null;
        } | {
            /** @constant */
            op: "in";
            pointer: string;
            value: (string | number | boolean | null)[];
        } | {
            /** @constant */
            op: "exists";
            pointer: string;
            value: boolean;
        } | {
            /** @constant */
            op: "gt";
            pointer: string;
            value: string | number;
        } | {
            /** @constant */
            op: "lt";
            pointer: string;
            value: string | number;
        } | {
            /** @constant */
            op: "prefix";
            pointer: string;
            value: string;
        };
        Health: {
            acknowledgement: {
                durable: boolean;
                /** @enum {string} */
                mode: "fsync_always" | "fsync_every_second" | "not_persistent" | "unknown";
            };
            engines: {
                /** @enum {string} */
                postgres: "ok" | "unavailable";
                /** @enum {string} */
                redis: "ok" | "unavailable";
            };
            /** @description What was accepted and waits to be recorded; null when Redis is away */
            intake?: {
                entries: number;
                oldest_age_ms: number;
            } | null;
            services: {
                [key: string]: "ok" | "degraded" | "unavailable" | "draining";
            };
            /** @enum {string} */
            status: "ok" | "degraded";
            workers?: {
                alive: boolean;
                instance: string;
                /** Format: date-time */
                last_beat: string;
            }[];
        };
        IdentityProvider: {
            /** @description Only people with a verified address of these domains get in */
            allowed_domains: string[];
            client_id: string;
            /** Format: date-time */
            created_at: string;
            /**
             * @description Of users who come for the first time
             * @enum {string}
             */
            default_role: "user" | "readonly";
            issuer: string;
            /** @description What the provider has to know of this client; it is the tenant's alone */
            redirect_uri: string;
            /** Format: date-time */
            updated_at: string;
        };
        Invitation: {
            accepted_at: string | null;
            /** Format: date-time */
            created_at: string;
            email: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            invited_by: string;
            /** @enum {string} */
            role: "super_admin" | "tenant_admin" | "user" | "readonly";
            /** @description A role of the tenant's own, which then decides instead of `role` */
            role_id: string | null;
            /** @enum {string} */
            status: "open" | "accepted" | "revoked" | "expired";
        };
        LoggedIn: {
            access_token: string;
            /** @description Seconds until the access token expires */
            expires_in: number;
            refresh_token: string;
            /** @constant */
            token_type: "bearer";
            user_info: components["schemas"]["UserInfo"];
        };
        Me: {
            email: string;
            first_name: string;
            /** Format: uuid */
            id: string;
            last_name: string;
            /** @description What the user may do at this moment */
            permissions: string[];
            /** @enum {string} */
            role: "super_admin" | "tenant_admin" | "user" | "readonly";
            /** Format: uuid */
            tenant_id: string;
            tenant_slug: string;
        };
        MfaPolicy: {
            require_mfa: boolean;
        };
        MfaPolicyInput: {
            require_mfa: boolean;
        };
        MfaRequired: {
            /** @description The tenant requires a second factor and the user has none: see /auth/mfa/enrol */
            enrolment_required: boolean;
            expires_in: number;
            methods: ("totp" | "passkey" | "recovery_code")[];
            /** @constant */
            mfa_required: true;
            /** @description For /auth/mfa/* alone; it is no access token */
            mfa_token: string;
        };
        NewApiKey: {
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            /** @description Shown this once */
            key: string;
            /** @description To the minute */
            last_used_at: string | null;
            name: string;
            /** Format: uuid */
            owner_id: string;
            /** @description How the key begins */
            prefix: string;
            rotated_at: string | null;
            /** @description Permissions; the key has those that its owner has too */
            scopes: string[];
        };
        NewWebhookDestination: {
            breaker: components["schemas"]["BreakerSettings"];
            /** Format: date-time */
            created_at: string;
            disabled_at: string | null;
            /** @description Why Condo disabled it; null when it did not */
            disabled_reason: string | null;
            event_types: string[];
            filter: components["schemas"]["FilterCondition"][];
            /** @description Extra headers; their values are not shown */
            header_names: string[];
            /** Format: uuid */
            id: string;
            is_active: boolean;
            /** @enum {string} */
            kind: "http" | "stream";
            max_in_flight: number | null;
            max_per_second: number | null;
            name: string;
            order_key: string | null;
            retry_delays_ms: number[] | null;
            /** @description Verifies what is delivered, with any Standard Webhooks library. Shown this once. */
            secret: string;
            services: string[];
            stream_name: string | null;
            timeout_ms: number | null;
            transform: string | null;
            /** Format: date-time */
            updated_at: string;
            url: string | null;
        };
        Passkey: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            last_used_at: string | null;
            name: string;
        };
        /** @description An error (RFC 9457). Programs read `code`; people read `detail`. */
        Problem: {
            code: string;
            detail?: string;
            errors?: {
                message: string;
                path: string;
            }[];
            instance?: string;
            status: number;
            title: string;
            type: string;
        };
        Receipt: {
            /**
             * Format: uuid
             * @description The event's id; of its first arrival, when it is a duplicate
             */
            id: string;
            /** @enum {string} */
            status: "accepted" | "duplicate";
        };
        Replay: {
            /** Format: date-time */
            created_at: string;
            destination_id: string | null;
            event_type: string | null;
            finished_at: string | null;
            /** Format: uuid */
            id: string;
            rate_per_second: number;
            /** @description How many of them were sent again so far */
            replayed: number;
            since: string | null;
            /** @enum {string} */
            status: "running" | "done" | "cancelled";
            /** @description Dead letters that fitted when the replay was asked for */
            total: number;
            until: string | null;
        };
        Role: {
            /** Format: date-time */
            created_at: string;
            description: string;
            /** Format: uuid */
            id: string;
            name: string;
            permissions: string[];
            /** Format: date-time */
            updated_at: string;
        };
        Session: {
            /** @description Where the login came from */
            address: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            /** @description Whether this request is made with it */
            is_current: boolean;
            /**
             * Format: date-time
             * @description To the minute
             */
            last_used_at: string;
            /** @description The device, as it named itself at login */
            user_agent: string | null;
        };
        Tenant: {
            /** @description The status that a closing tenant goes back to when that is called off */
            closing_from: ("trial" | "active" | "suspended") | null;
            /** Format: date-time */
            created_at: string;
            domain: string | null;
            /** @description When everything of a closing tenant is erased */
            erase_after: string | null;
            /** Format: uuid */
            id: string;
            /** @description Its own limits, where they differ from the plan's */
            limit_overrides: {
                /** @description A domain of the tenant's own */
                custom_domain?: boolean;
                /** @description Webhook destinations */
                destinations?: number | null;
                /**
                 * @description Days that events are kept, from when they came in
                 * @enum {number}
                 */
                event_retention_days?: 7 | 30 | 90 | 365;
                /** @description Events taken in within a calendar month (UTC) */
                events_per_month?: number | null;
                /** @description An identity provider of the tenant's own */
                oidc?: boolean;
                /** @description Bytes of one event's body */
                payload_bytes?: number | null;
                /** @description Webhook sources */
                sources?: number | null;
                /** @description Transforms of what is delivered */
                transforms?: boolean;
                /** @description Users, disabled ones too; null for no quota */
                users?: number | null;
            };
            name: string;
            plan: string;
            slug: string;
            /** @enum {string} */
            status: "trial" | "active" | "suspended" | "closing" | "closed";
            /** Format: date-time */
            status_changed_at: string;
            /** @description Why it has this status, where somebody said so */
            status_reason: string | null;
            trial_ends_at: string | null;
            /** Format: date-time */
            updated_at: string;
        };
        TenantDomain: {
            /** @description When DNS last said whether the record is there */
            checked_at: string | null;
            /** Format: date-time */
            created_at: string;
            domain: string;
            /** @description Since when DNS says that a verified domain has no record; if that goes on, it lapses */
            missing_since: string | null;
            /** @description What DNS has to say, for as long as the domain is to stand for the tenant */
            record: {
                name: string;
                /** @constant */
                type: "TXT";
                value: string;
            };
            /**
             * @description Only a `verified` one stands for the tenant; `lapsed` is one whose record is gone
             * @enum {string}
             */
            status: "pending" | "verified" | "lapsed";
            verified_at: string | null;
        };
        Tokens: {
            access_token: string;
            /** @description Seconds until the access token expires */
            expires_in: number;
            refresh_token: string;
            /** @constant */
            token_type: "bearer";
        };
        TotpEnrolment: {
            /** @description For a QR code; it holds the secret */
            otpauth_url: string;
            /** @description For typing; shown this once */
            secret: string;
        };
        User: {
            /** Format: date-time */
            created_at: string;
            deleted_at: string | null;
            email: string;
            email_verified_at: string | null;
            first_name: string;
            /** Format: uuid */
            id: string;
            is_active: boolean;
            last_name: string;
            /** @enum {string} */
            role: "super_admin" | "tenant_admin" | "user" | "readonly";
            /** @description A role of the tenant's own, which then decides instead of `role` */
            role_id: string | null;
            /** Format: uuid */
            tenant_id: string;
            /** Format: date-time */
            updated_at: string;
        };
        UserInfo: {
            email: string;
            first_name: string;
            /** Format: uuid */
            id: string;
            last_name: string;
            /** @enum {string} */
            role: "super_admin" | "tenant_admin" | "user" | "readonly";
            /** Format: uuid */
            tenant_id: string;
            tenant_slug: string;
        };
        WebhookDelivery: {
            /** @description How often it was tried */
            attempts: number;
            completed_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            destination_id: string;
            destination_name: string;
            discard_reason: string | null;
            /** Format: uuid */
            event_id: string;
            event_type: string;
            /** Format: uuid */
            id: string;
            last_error: string | null;
            last_status_code: number | null;
            next_attempt_at: string | null;
            service_name: string;
            /** @enum {string} */
            status: "pending" | "delivered" | "dead" | "discarded";
        };
        WebhookDeliveryDetail: {
            attempt_log: components["schemas"]["DeliveryAttempt"][];
            /** @description How often it was tried */
            attempts: number;
            completed_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            destination_id: string;
            destination_name: string;
            discard_reason: string | null;
            /** Format: uuid */
            event_id: string;
            event_type: string;
            /** Format: uuid */
            id: string;
            last_error: string | null;
            last_status_code: number | null;
            next_attempt_at: string | null;
            service_name: string;
            /** @enum {string} */
            status: "pending" | "delivered" | "dead" | "discarded";
        };
        WebhookDestination: {
            breaker: components["schemas"]["BreakerSettings"];
            /** Format: date-time */
            created_at: string;
            disabled_at: string | null;
            /** @description Why Condo disabled it; null when it did not */
            disabled_reason: string | null;
            event_types: string[];
            filter: components["schemas"]["FilterCondition"][];
            /** @description Extra headers; their values are not shown */
            header_names: string[];
            /** Format: uuid */
            id: string;
            is_active: boolean;
            /** @enum {string} */
            kind: "http" | "stream";
            max_in_flight: number | null;
            max_per_second: number | null;
            name: string;
            order_key: string | null;
            retry_delays_ms: number[] | null;
            services: string[];
            stream_name: string | null;
            timeout_ms: number | null;
            transform: string | null;
            /** Format: date-time */
            updated_at: string;
            url: string | null;
        };
        WebhookEvent: {
            content_type: string | null;
            event_type: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            received_at: string;
            sender_event_id: string | null;
            service_name: string;
            /** @description Bytes of the body */
            size: number;
            /** @description Null for an event that Condo made itself, as a test */
            source_id: string | null;
        };
        WebhookEventDetail: {
            /** @description The body as text; null when it is not UTF-8 */
            body: string | null;
            /** @description The body's very bytes */
            body_base64: string;
            content_type: string | null;
            deliveries: components["schemas"]["WebhookDelivery"][];
            event_type: string;
            headers: {
                [key: string]: string;
            };
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            received_at: string;
            sender_event_id: string | null;
            service_name: string;
            /** @description Bytes of the body */
            size: number;
            /** @description Null for an event that Condo made itself, as a test */
            source_id: string | null;
        };
        WebhooksHealth: {
            /** @description Whether a webhook would be taken now */
            accepting: boolean;
            /** @description Whether a 202 means that the webhook is on stable storage */
            durable: boolean;
            /** @enum {string} */
            status: "ok" | "degraded" | "unavailable";
        };
        WebhookSource: {
            config: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            created_at: string;
            dedupe_window_seconds: number;
            /** Format: uuid */
            id: string;
            is_active: boolean;
            provider: string;
            service_name: string;
            /** @description A URL that names the tenant by itself, for senders that can set no header */
            source_url: string;
            tenant_pointer: string | null;
            /** Format: date-time */
            updated_at: string;
            /** @description Where the sender posts to, with X-Tenant-ID or at the tenant's subdomain */
            url: string;
        };
        WebhookSourceDetail: {
            config: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            created_at: string;
            dedupe_window_seconds: number;
            /** Format: uuid */
            id: string;
            is_active: boolean;
            /** @description When it last sent something that was accepted */
            last_received_at: string | null;
            last_rejected_at: string | null;
            last_rejected_reason: string | null;
            provider: string;
            service_name: string;
            /** @description A URL that names the tenant by itself, for senders that can set no header */
            source_url: string;
            tenant_pointer: string | null;
            /** Format: date-time */
            updated_at: string;
            /** @description Where the sender posts to, with X-Tenant-ID or at the tenant's subdomain */
            url: string;
        };
    };
    responses: {
        /** @description The state of things, or a like request under way, forbids it. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Any other error. */
        Error: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The caller may not do this. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request is not as it should be; `errors` says where. */
        Invalid: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request can't be read. */
        Malformed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing, or not for this caller. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It was changed meanwhile: the ETag in If-Match is an old one. */
        Stale: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than this operation takes. */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A limit is reached. */
        TooManyRequests: {
            headers: {
                /** @description Seconds to wait before trying again */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It is not known who is calling: credentials are missing, wrong, or over. */
        Unauthenticated: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A part is away; nothing was done. */
        Unavailable: {
            headers: {
                /** @description Seconds to wait before trying again */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is of a type that this operation does not take. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description `next_cursor` of the page before */
        Cursor: string;
        /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
        IdempotencyKey: string;
        /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
        IfMatch: string;
        /** @description The ETag of what is known already: 304 if it is the same */
        IfNoneMatch: string;
        /** @description How many items at most */
        Limit: number;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getJwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: ({
                            alg: string;
                            kid: string;
                            kty: string;
                            /** @enum {string} */
                            use: "sig";
                        } & {
                            [key: string]: unknown;
                        })[];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ApiKey"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Never, when it is left out */
                    expires_at?: string | null;
                    name: string;
                    scopes: ("tenant:read" | "tenant:write" | "tenant:export" | "tenant:close" | "tenants:read" | "tenants:write" | "users:read" | "users:write" | "users:export" | "invitations:read" | "invitations:write" | "roles:read" | "roles:write" | "sessions:read" | "sessions:write" | "api_keys:read" | "api_keys:write" | "mfa:read" | "mfa:write" | "oidc:read" | "oidc:write" | "webhook_sources:read" | "webhook_sources:write" | "webhook_destinations:read" | "webhook_destinations:write" | "webhook_events:read" | "webhook_deliveries:write" | "circuit_breakers:read" | "circuit_breakers:write" | "audit_logs:read")[];
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which API key: its `id` */
                api_key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    rotateApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which API key: its `id` */
                api_key_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How long the key that is replaced stays good: a day by default, not at all for another's key */
                    overlap_seconds?: number;
                } | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        created_at: string;
                        expires_at: string | null;
                        /** Format: uuid */
                        id: string;
                        /** @description Shown this once */
                        key: string;
                        /** @description To the minute */
                        last_used_at: string | null;
                        name: string;
                        /** Format: uuid */
                        owner_id: string;
                        /** @description How the key begins */
                        prefix: string;
                        /** @description Until when the key that is replaced is good; null when it ended at once */
                        previous_expires_at: string | null;
                        rotated_at: string | null;
                        /** @description Permissions; the key has those that its owner has too */
                        scopes: string[];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listAuditLogs: {
        parameters: {
            query?: {
                /** @description What the action begins with, such as `user.` */
                action?: string;
                /** @description What this user, key or service did: its `id` */
                actor_id?: string;
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
                /** @description What was done by this request: its `X-Request-ID` */
                request_id?: string;
                /** @description The first moment that is meant */
                since?: string;
                /** @description What was done to this one: its `id` */
                subject_id?: string;
                /** @description What was done to things of this kind, such as `user` */
                subject_type?: string;
                /** @description The first moment that is not meant */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AuditLogEntry"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    exportAuditLogs: {
        parameters: {
            query?: {
                /** @description What the action begins with, such as `user.` */
                action?: string;
                /** @description What this user, key or service did: its `id` */
                actor_id?: string;
                /** @description An object a line, or a table */
                format?: "ndjson" | "csv";
                /** @description What was done by this request: its `X-Request-ID` */
                request_id?: string;
                /** @description The first moment that is meant */
                since?: string;
                /** @description What was done to this one: its `id` */
                subject_id?: string;
                /** @description What was done to things of this kind, such as `user` */
                subject_type?: string;
                /** @description The first moment that is not meant */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description NDJSON, or CSV with a header line */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": unknown;
                    "text/csv": unknown;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    verifyAuditLogs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The first link that does not hold */
                        broken: {
                            audit_id: string | null;
                            /** @enum {string} */
                            fault: "changed_row" | "missing_row" | "missing_link" | "reordered" | "unchained_row";
                            sequence: number | null;
                        } | null;
                        /** @description Links that were checked, up to the broken one */
                        checked: number;
                        /** @description The last link. Kept elsewhere, it proves later that the log was not written anew. */
                        head: {
                            hash: string;
                            sequence: number;
                        } | null;
                        is_intact: boolean;
                        /** @description Entries that are too new to have a link */
                        waiting: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    forgotPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example ada@acme.example */
                    email: string;
                    /**
                     * @description Which tenant is meant, where several know the address
                     * @example acme
                     */
                    tenant_slug?: string | null;
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example ada@acme.example */
                    email: string;
                    password: string;
                    /**
                     * @description Which tenant is meant, where several know the address
                     * @example acme
                     */
                    tenant_slug?: string | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedIn"] | components["schemas"]["MfaRequired"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getMfa: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        passkeys: components["schemas"]["Passkey"][];
                        recovery_codes_left: number;
                        totp: boolean;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    enrolMfa: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    mfa_token: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TotpEnrolment"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    startMfaPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    mfa_token: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        expires_in: number;
                        /** @description For `navigator.credentials.get()` */
                        options: {
                            challenge: string;
                        } & {
                            [key: string]: unknown;
                        };
                        /** @description Goes with the browser's answer */
                        passkey_token: string;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    renewRecoveryCodes: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Each is good for one login without the other factors. Shown this once */
                        recovery_codes: string[];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    startTotp: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TotpEnrolment"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    confirmTotp: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    totp_code: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Each is good for one login without the other factors. Shown this once */
                        recovery_codes?: string[];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    disableTotp: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    recovery_code?: string;
                    totp_code?: string;
                };
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    verifyMfa: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    mfa_token: string;
                    passkey?: {
                        passkey_token: string;
                        response: {
                            authenticatorAttachment?: ("cross-platform" | "platform") | null;
                            clientExtensionResults: {
                                [key: string]: unknown;
                            };
                            /** Format: base64url */
                            id: string;
                            /** Format: base64url */
                            rawId: string;
                            response: {
                                /** Format: base64url */
                                authenticatorData: string;
                                /** Format: base64url */
                                clientDataJSON: string;
                                /** Format: base64url */
                                signature: string;
                                userHandle?: string | null;
                            };
                            /** @enum {string} */
                            type: "public-key";
                        };
                    };
                    recovery_code?: string;
                    totp_code?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token: string;
                        /** @description Seconds until the access token expires */
                        expires_in: number;
                        /** @description Each is good for one login without the other factors. Shown this once */
                        recovery_codes?: string[];
                        refresh_token: string;
                        /** @enum {string} */
                        token_type: "bearer";
                        user_info: components["schemas"]["UserInfo"];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    finishOidc: {
        parameters: {
            query: {
                /** @description As it was given to the provider; what else comes is the provider's answer */
                state: string;
            };
            header?: never;
            path: {
                /** @description Whose identity provider: the tenant's id */
                tenant_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description For `POST /auth/oidc/token`, from the same browser, once */
                        code: string;
                        expires_in: number;
                    };
                };
            };
            /** @description Found */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    startOidc: {
        parameters: {
            query?: {
                /** @description A path of PUBLIC_URL that gets `?code=…`, or `?error=…`; else the callback answers JSON */
                return_to?: string;
            };
            header?: never;
            path: {
                /** @description Whose identity provider: the tenant's slug */
                tenant_slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    exchangeOidcCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    code: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedIn"] | components["schemas"]["MfaRequired"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createPasskey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default Passkey */
                    name?: string;
                    passkey_token: string;
                    response: {
                        authenticatorAttachment?: ("cross-platform" | "platform") | null;
                        clientExtensionResults: {
                            [key: string]: unknown;
                        };
                        /** Format: base64url */
                        id: string;
                        /** Format: base64url */
                        rawId: string;
                        response: {
                            /** Format: base64url */
                            attestationObject: string;
                            /** Format: base64url */
                            clientDataJSON: string;
                            transports?: string[];
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        created_at: string;
                        /** Format: uuid */
                        id: string;
                        last_used_at: string | null;
                        name: string;
                        /** @description Each is good for one login without the other factors. Shown this once */
                        recovery_codes?: string[];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deletePasskey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which passkey of one's own: its `id` */
                passkey_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    passkeyLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    passkey_token: string;
                    response: {
                        authenticatorAttachment?: ("cross-platform" | "platform") | null;
                        clientExtensionResults: {
                            [key: string]: unknown;
                        };
                        /** Format: base64url */
                        id: string;
                        /** Format: base64url */
                        rawId: string;
                        response: {
                            /** Format: base64url */
                            authenticatorData: string;
                            /** Format: base64url */
                            clientDataJSON: string;
                            /** Format: base64url */
                            signature: string;
                            userHandle?: string | null;
                        };
                        /** @enum {string} */
                        type: "public-key";
                    };
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedIn"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    startPasskeyLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    tenant_slug?: string | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        expires_in: number;
                        /** @description For `navigator.credentials.get()` */
                        options: {
                            challenge: string;
                        } & {
                            [key: string]: unknown;
                        };
                        /** @description Goes with the browser's answer */
                        passkey_token: string;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    startPasskey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        expires_in: number;
                        /** @description For `navigator.credentials.create()` */
                        options: {
                            challenge: string;
                        } & {
                            [key: string]: unknown;
                        };
                        /** @description Goes with the browser's answer */
                        passkey_token: string;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    refresh_token: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example ada@acme.example */
                    admin_email: string;
                    admin_first_name: string;
                    admin_last_name: string;
                    /**
                     * @description 8 to 256 characters of any kind; not one of the most used, nor the name of the tenant or the user
                     * @example a long sentence that nobody else says
                     */
                    admin_password: string;
                    /** @description The tenant's own domain, which stands for it once it is verified */
                    domain?: string | null;
                    name: string;
                    /** @description Names the tenant in URLs: its subdomain */
                    slug: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        admin_email: string;
                        /** Format: uuid */
                        admin_user_id: string;
                        /** Format: date-time */
                        created_at: string;
                        domain: string | null;
                        name: string;
                        slug: string;
                        status: string;
                        /** Format: uuid */
                        tenant_id: string;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    resendVerification: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description 8 to 256 characters of any kind; not one of the most used, nor the name of the tenant or the user
                     * @example a long sentence that nobody else says
                     */
                    new_password: string;
                    /** @description From the mail */
                    token: string;
                };
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    issueServiceToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Or by HTTP Basic, with the secret */
                    client_id?: string;
                    client_secret?: string;
                    /** @enum {string} */
                    grant_type?: "client_credentials";
                    /**
                     * Format: uuid
                     * @description For which tenant the service is to act
                     */
                    tenant_id: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token: string;
                        /** @description Seconds until the token expires; there is no refresh token */
                        expires_in: number;
                        /** @enum {string} */
                        token_type: "bearer";
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    verifyEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description From the mail */
                    token: string;
                };
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    listCircuitBreakers: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
                /** @description Those in this state */
                state?: "closed" | "open" | "half_open";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["CircuitBreaker"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    forceOpenCircuitBreaker: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which webhook destination: its `id` */
                destination_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CircuitBreaker"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    resetCircuitBreaker: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which webhook destination: its `id` */
                destination_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CircuitBreaker"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description Those to this destination */
                destination_id?: string;
                /** @description Those of this event */
                event_id?: string;
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookDelivery"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description Which delivery: its `id` */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    discardDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which delivery: its `id` */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Why it need not be delivered any more */
                    reason: string;
                };
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    replayDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which delivery: its `id` */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    discardDeadLetters: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: uuid */
                    destination_id?: string;
                    event_type?: string;
                    /** @description Why it need not be delivered any more */
                    reason: string;
                    /**
                     * Format: date-time
                     * @description Events received at this time or later
                     */
                    since?: string;
                    /**
                     * Format: date-time
                     * @description Events received before this time
                     */
                    until?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        discarded: number;
                        more: boolean;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: uuid */
                    destination_id?: string;
                    event_type?: string;
                    /**
                     * @description How many are sent again in a second at most
                     * @default 10
                     */
                    rate_per_second?: number;
                    /**
                     * Format: date-time
                     * @description Events received at this time or later
                     */
                    since?: string;
                    /**
                     * Format: date-time
                     * @description Events received before this time
                     */
                    until?: string;
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listErasureCertificates: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ErasureCertificate"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getErasureCertificate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which tenant: its `id` */
                tenant_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureCertificate"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Invitation"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createInvitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example ada@acme.example */
                    email: string;
                    /**
                     * @default user
                     * @enum {string}
                     */
                    role?: "super_admin" | "tenant_admin" | "user" | "readonly";
                    /**
                     * @description A role of the tenant's own, which then decides instead of `role`
                     * @default null
                     */
                    role_id?: string | null;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    revokeInvitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which invitation: its `id` */
                invitation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    resendInvitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which invitation: its `id` */
                invitation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    first_name: string;
                    last_name: string;
                    /**
                     * @description 8 to 256 characters of any kind; not one of the most used, nor the name of the tenant or the user
                     * @example a long sentence that nobody else says
                     */
                    password: string;
                    /** @description From the mail */
                    token: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getMfaPolicy: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MfaPolicy"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    putMfaPolicy: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MfaPolicyInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MfaPolicy"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    resetUserMfa: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which user: its `id` */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    getOidc: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityProvider"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    putOidc: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Only people with a verified address of these domains get in */
                    allowed_domains: string[];
                    client_id: string;
                    client_secret: string;
                    /**
                     * @description Of users who come for the first time
                     * @enum {string}
                     */
                    default_role: "user" | "readonly";
                    /** Format: uri */
                    issuer: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityProvider"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteOidc: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    listPermissions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        built_in_roles: {
                            /** @enum {string} */
                            name: "super_admin" | "tenant_admin" | "user" | "readonly";
                            permissions: string[];
                        }[];
                        permissions: {
                            description: string;
                            name: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listReplays: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
                /** @description Those in this state */
                status?: "running" | "done" | "cancelled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Replay"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description Which replay: its `id` */
                replay_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    cancelReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which replay: its `id` */
                replay_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listRoles: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Role"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createRole: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default  */
                    description?: string;
                    name: string;
                    permissions: ("tenant:read" | "tenant:write" | "tenant:export" | "tenant:close" | "tenants:read" | "tenants:write" | "users:read" | "users:write" | "users:export" | "invitations:read" | "invitations:write" | "roles:read" | "roles:write" | "sessions:read" | "sessions:write" | "api_keys:read" | "api_keys:write" | "mfa:read" | "mfa:write" | "oidc:read" | "oidc:write" | "webhook_sources:read" | "webhook_sources:write" | "webhook_destinations:read" | "webhook_destinations:write" | "webhook_events:read" | "webhook_deliveries:write" | "circuit_breakers:read" | "circuit_breakers:write" | "audit_logs:read")[];
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getRole: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description Which role of the tenant's own: its `id` */
                role_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateRole: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Which role of the tenant's own: its `id` */
                role_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    description?: string;
                    name?: string;
                    permissions?: ("tenant:read" | "tenant:write" | "tenant:export" | "tenant:close" | "tenants:read" | "tenants:write" | "users:read" | "users:write" | "users:export" | "invitations:read" | "invitations:write" | "roles:read" | "roles:write" | "sessions:read" | "sessions:write" | "api_keys:read" | "api_keys:write" | "mfa:read" | "mfa:write" | "oidc:read" | "oidc:write" | "webhook_sources:read" | "webhook_sources:write" | "webhook_destinations:read" | "webhook_destinations:write" | "webhook_events:read" | "webhook_deliveries:write" | "circuit_breakers:read" | "circuit_breakers:write" | "audit_logs:read")[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteRole: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Which role of the tenant's own: its `id` */
                role_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Session"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    endOtherSessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description How many sessions were open */
                        ended: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    endOwnSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which session: its `id` */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    listTenants: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
                /** @description Those on this plan: its name */
                plan?: string;
                /** @description Part of its name, its slug or its domain */
                search?: string;
                /** @description Those in this state */
                status?: "trial" | "active" | "suspended" | "closing" | "closed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Tenant"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createTenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Its first admin, who gets a mail to set a password with */
                    admin?: {
                        email: string;
                        first_name: string;
                        last_name: string;
                    };
                    /** @description Its main domain, which stands for it once it is verified: see `/tenants/current/domains` */
                    domain?: string | null;
                    name: string;
                    /** @description `standard` by default */
                    plan?: string;
                    /** @description Names the tenant in URLs: its subdomain */
                    slug: string;
                    /**
                     * Format: date-time
                     * @description When the trial ends: the tenant is suspended then
                     */
                    trial_ends_at?: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getTenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description Which tenant: its `id` */
                tenant_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateTenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Which tenant: its `id` */
                tenant_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Its main domain, which stands for it once it is verified: see `/tenants/current/domains` */
                    domain?: string | null;
                    /** @description All of its own limits: those left out are the plan's */
                    limit_overrides?: {
                        /** @description A domain of the tenant's own */
                        custom_domain?: boolean;
                        /** @description Webhook destinations */
                        destinations?: number | null;
                        /**
                         * @description Days that events are kept, from when they came in
                         * @enum {number}
                         */
                        event_retention_days?: 7 | 30 | 90 | 365;
                        /** @description Events taken in within a calendar month (UTC) */
                        events_per_month?: number | null;
                        /** @description An identity provider of the tenant's own */
                        oidc?: boolean;
                        /** @description Bytes of one event's body */
                        payload_bytes?: number | null;
                        /** @description Webhook sources */
                        sources?: number | null;
                        /** @description Transforms of what is delivered */
                        transforms?: boolean;
                        /** @description Users, disabled ones too; null for no quota */
                        users?: number | null;
                    };
                    name?: string;
                    plan?: string;
                    /**
                     * @description Of a closing tenant: `closing_from` calls the closing off. To close one, DELETE it
                     * @enum {string}
                     */
                    status?: "trial" | "active" | "suspended";
                    /** @description With `status`: why */
                    status_reason?: string;
                    /**
                     * Format: date-time
                     * @description Of a tenant on trial: another end
                     */
                    trial_ends_at?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteTenant: {
        parameters: {
            query?: {
                /** @description From the first answer: the second time it is meant */
                confirmation?: string;
            };
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Which tenant: its `id` */
                tenant_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Send the same request again with it, within 10 minutes */
                        confirmation: string;
                        /** @description How long the tenant will be closing before everything is erased */
                        grace_seconds: number;
                        tenant: components["schemas"]["Tenant"];
                    };
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    exportTenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which tenant: its `id` */
                tenant_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A tar archive, compressed with gzip */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/gzip": unknown;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getTenantUsage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which tenant: its `id` */
                tenant_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        features: {
                            /** @description A domain of the tenant's own */
                            custom_domain: boolean;
                            /** @description An identity provider of the tenant's own */
                            oidc: boolean;
                            /** @description Transforms of what is delivered */
                            transforms: boolean;
                        };
                        plan: string;
                        quotas: {
                            destinations: {
                                /** @description Webhook destinations */
                                limit: number | null;
                                used: number;
                            };
                            event_retention_days: {
                                /**
                                 * @description Days that events are kept, from when they came in
                                 * @enum {number}
                                 */
                                limit: 7 | 30 | 90 | 365;
                            };
                            events_per_month: {
                                /** @description Events taken in within a calendar month (UTC) */
                                limit: number | null;
                                /**
                                 * Format: date-time
                                 * @description The first moment of the next month (UTC)
                                 */
                                resets_at: string;
                                used: number;
                            };
                            payload_bytes: {
                                /** @description Bytes of one event's body */
                                limit: number | null;
                            };
                            sources: {
                                /** @description Webhook sources */
                                limit: number | null;
                                used: number;
                            };
                            users: {
                                /** @description Users, disabled ones too; null for no quota */
                                limit: number | null;
                                used: number;
                            };
                        };
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getCurrentTenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateCurrentTenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Its main domain, which stands for it once it is verified: see `/tenants/current/domains` */
                    domain?: string | null;
                    name?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listDomains: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["TenantDomain"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createDomain: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    domain: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantDomain"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteDomain: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which of the tenant's domains, in any case */
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    verifyDomain: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which of the tenant's domains, in any case */
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantDomain"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    exportCurrentTenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A tar archive, compressed with gzip */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/gzip": unknown;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getCurrentTenantUsage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        features: {
                            /** @description A domain of the tenant's own */
                            custom_domain: boolean;
                            /** @description An identity provider of the tenant's own */
                            oidc: boolean;
                            /** @description Transforms of what is delivered */
                            transforms: boolean;
                        };
                        plan: string;
                        quotas: {
                            destinations: {
                                /** @description Webhook destinations */
                                limit: number | null;
                                used: number;
                            };
                            event_retention_days: {
                                /**
                                 * @description Days that events are kept, from when they came in
                                 * @enum {number}
                                 */
                                limit: 7 | 30 | 90 | 365;
                            };
                            events_per_month: {
                                /** @description Events taken in within a calendar month (UTC) */
                                limit: number | null;
                                /**
                                 * Format: date-time
                                 * @description The first moment of the next month (UTC)
                                 */
                                resets_at: string;
                                used: number;
                            };
                            payload_bytes: {
                                /** @description Bytes of one event's body */
                                limit: number | null;
                            };
                            sources: {
                                /** @description Webhook sources */
                                limit: number | null;
                                used: number;
                            };
                            users: {
                                /** @description Users, disabled ones too; null for no quota */
                                limit: number | null;
                                used: number;
                            };
                        };
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description Lists the deleted users instead */
                deleted?: "true" | "false";
                /** @description `false` for those who are switched off */
                is_active?: "true" | "false";
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
                /** @description Begins the e-mail address, the full name or the last name, in any case */
                q?: string;
                /** @description Those with this built-in role */
                role?: "super_admin" | "tenant_admin" | "user" | "readonly";
                /** @description Those with this role of the tenant's own */
                role_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["User"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example ada@acme.example */
                    email: string;
                    first_name: string;
                    last_name: string;
                    /**
                     * @description 8 to 256 characters of any kind; not one of the most used, nor the name of the tenant or the user
                     * @example a long sentence that nobody else says
                     */
                    password: string;
                    /**
                     * @default user
                     * @enum {string}
                     */
                    role?: "super_admin" | "tenant_admin" | "user" | "readonly";
                    /**
                     * @description A role of the tenant's own, which then decides instead of `role`
                     * @default null
                     */
                    role_id?: string | null;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description Which user: its `id` */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Which user: its `id` */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example ada@acme.example */
                    email?: string;
                    first_name?: string;
                    /** @description False ends the user's sessions and lets nobody log in */
                    is_active?: boolean;
                    last_name?: string;
                    /** @enum {string} */
                    role?: "super_admin" | "tenant_admin" | "user" | "readonly";
                    /** @description A role of the tenant's own, which then decides instead of `role` */
                    role_id?: string | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Which user: its `id` */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    restoreUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which user: its `id` */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listUserSessions: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path: {
                /** @description Which user: its `id` */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Session"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    endUserSessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which user: its `id` */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description How many sessions were open */
                        ended: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    endUserSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which session: its `id` */
                session_id: string;
                /** @description Which user: its `id` */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    unlockUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which user: its `id` */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    current_password: string;
                    /** @default true */
                    end_other_sessions?: boolean;
                    /**
                     * @description 8 to 256 characters of any kind; not one of the most used, nor the name of the tenant or the user
                     * @example a long sentence that nobody else says
                     */
                    new_password: string;
                };
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    exportUsers: {
        parameters: {
            query?: {
                /** @description A table, or an object a line */
                format?: "csv" | "ndjson";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description CSV with a header line, or NDJSON */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": unknown;
                    "text/csv": unknown;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    importUsers: {
        parameters: {
            query?: {
                /** @description `some` creates the users of the good lines; `all` creates none when one line is bad */
                mode?: "some" | "all";
            };
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/jsonl": unknown;
                "application/x-ndjson": unknown;
                "text/csv": unknown;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created: number;
                        failed: number;
                        results: {
                            code?: string;
                            detail?: string;
                            email?: string;
                            /** Format: uuid */
                            id?: string;
                            line: number;
                            /** @enum {string} */
                            status: "created" | "failed";
                        }[];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateProfile: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    first_name?: string;
                    last_name?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description Those to this destination */
                destination_id?: string;
                /** @description Those of this event */
                event_id?: string;
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
                /** @description Those in this state */
                status?: "pending" | "delivered" | "dead" | "discarded";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookDelivery"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description Which delivery: its `id` */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    replayDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which delivery: its `id` */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listDestinations: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookDestination"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createDestination: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    breaker?: components["schemas"]["BreakerSettingsInput"];
                    /**
                     * @description Which events it gets: exact types, `invoice.*`, or `*` for all
                     * @default [
                     *       "*"
                     *     ]
                     * @example [
                     *       "invoice.*",
                     *       "customer.created"
                     *     ]
                     */
                    event_types?: string[];
                    /** @description Conditions on the payload; all have to hold */
                    filter?: components["schemas"]["FilterConditionInput"][];
                    /** @description Extra headers; their values are not shown again */
                    headers?: {
                        [key: string]: string;
                    };
                    /**
                     * @default http
                     * @enum {string}
                     */
                    kind?: "http" | "stream";
                    max_in_flight?: number | null;
                    max_per_second?: number | null;
                    name: string;
                    /** @description A JSON pointer: events with the same value there are delivered one after another */
                    order_key?: string | null;
                    retry_delays_ms?: number[] | null;
                    /** @description Whose events it gets: services by name, or `*` for all */
                    services?: ("*" | string)[];
                    /**
                     * @description Names the Redis stream, below the tenant's own prefix
                     * @example billing
                     */
                    stream_name?: string;
                    timeout_ms?: number | null;
                    transform?: string | null;
                    /**
                     * @description Where webhooks are posted to
                     * @example https://api.acme.example/hooks/condo
                     */
                    url?: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWebhookDestination"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getDestination: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description Which webhook destination: its `id` */
                destination_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDestination"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateDestination: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Which webhook destination: its `id` */
                destination_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    breaker?: components["schemas"]["BreakerSettingsInput"];
                    /**
                     * @description Which events it gets: exact types, `invoice.*`, or `*` for all
                     * @example [
                     *       "invoice.*",
                     *       "customer.created"
                     *     ]
                     */
                    event_types?: string[];
                    /** @description Conditions on the payload; all have to hold */
                    filter?: components["schemas"]["FilterConditionInput"][];
                    /** @description Changes of the extra headers: null takes one away, what is not named stays */
                    headers?: {
                        [key: string]: string | null;
                    };
                    is_active?: boolean;
                    max_in_flight?: number | null;
                    max_per_second?: number | null;
                    name?: string;
                    /** @description A JSON pointer: events with the same value there are delivered one after another */
                    order_key?: string | null;
                    retry_delays_ms?: number[] | null;
                    /** @description Whose events it gets: services by name, or `*` for all */
                    services?: ("*" | string)[];
                    /**
                     * @description Names the Redis stream, below the tenant's own prefix
                     * @example billing
                     */
                    stream_name?: string;
                    timeout_ms?: number | null;
                    transform?: string | null;
                    /**
                     * @description Where webhooks are posted to
                     * @example https://api.acme.example/hooks/condo
                     */
                    url?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDestination"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteDestination: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Which webhook destination: its `id` */
                destination_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    rotateDestinationSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which webhook destination: its `id` */
                destination_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How long the secret before goes on to sign, beside the new one; a day by default */
                    overlap_seconds?: number;
                } | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description Until when both sign
                         */
                        previous_expires_at: string;
                        /** @description Shown this once */
                        secret: string;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    testDestination: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which webhook destination: its `id` */
                destination_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What to send; a sample by default */
                    payload?: unknown;
                } | null;
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        delivery_id: string;
                        /** Format: uuid */
                        event_id: string;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description Those of exactly this type */
                event_type?: string;
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description Those of the source with this name
                 * @example stripe
                 */
                service_name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookEvent"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description Which webhook event: its `id`, as its sender was answered */
                event_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEventDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /** @description A type, or `prefix.*` */
                event_type?: string;
                /** @description As the header, where one can't be set */
                last_event_id?: string;
                /**
                 * @description Names the source in its URL: /api/v1/webhooks/{service_name}
                 * @example stripe
                 */
                service_name?: string;
            };
            header?: {
                /** @description The `id` of the last event that came: goes on after it */
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events of type `webhook_event`; their data is JSON */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            default: components["responses"]["Error"];
        };
    };
    listSources: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many items at most */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description The one with this name
                 * @example stripe
                 */
                service_name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookSource"][];
                        /** @description Asks for the next page; null on the last one */
                        next_cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    createSource: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Options of the provider. What is secret among them (Meta's `verify_token`) is kept sealed and never shown; it stays when it is left out of a change, and null takes it away. */
                    config?: {
                        [key: string]: unknown;
                    };
                    /** @description How long a duplicate is recognised, in seconds */
                    dedupe_window_seconds?: number;
                    /**
                     * @description How the sender signs
                     * @enum {string}
                     */
                    provider: "standard-webhooks" | "svix" | "stripe" | "github" | "shopify" | "slack" | "twilio" | "sendgrid" | "discord" | "line" | "meta" | "microsoft-graph" | "zoom" | "dropbox" | "condo" | "hmac" | "ed25519" | "ecdsa" | "basic" | "bearer" | "api-key";
                    /** @description What the sender signs with; never shown again */
                    secret: string;
                    /**
                     * @description Names the source in its URL: /api/v1/webhooks/{service_name}
                     * @example stripe
                     */
                    service_name: string;
                    /** @description Of a source of the platform's own tenant alone: where in the payload an event says whose it is, by id, slug or domain. It is stored under the source of the same service_name that this tenant has. */
                    tenant_pointer?: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSource"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getSource: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of what is known already: 304 if it is the same */
                "if-none-match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description Which webhook source: its `id` */
                source_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSourceDetail"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    updateSource: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Which webhook source: its `id` */
                source_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Options of the provider. What is secret among them (Meta's `verify_token`) is kept sealed and never shown; it stays when it is left out of a change, and null takes it away. */
                    config?: {
                        [key: string]: unknown;
                    };
                    /** @description How long a duplicate is recognised, in seconds */
                    dedupe_window_seconds?: number;
                    is_active?: boolean;
                    /** @description Replaces `source_url`; the URL before is good no more */
                    rotate_source_key?: boolean;
                    /** @description What the sender signs with; never shown again */
                    secret?: string;
                    /**
                     * @description How long the secret before goes on to verify, when a new one is given; 0 ends it at once, also for what was signed before
                     * @default 86400
                     */
                    secret_overlap_seconds?: number;
                    /**
                     * Format: date-time
                     * @description From when on the new secret verifies; at once by default. The overlap begins then.
                     */
                    secret_valid_from?: string;
                    tenant_pointer?: string | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSource"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    deleteSource: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused */
                "if-match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description Which webhook source: its `id` */
                source_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    listSourceRejections: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which webhook source: its `id` */
                source_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            address: string;
                            /** Format: date-time */
                            at: string;
                            body_bytes: number | null;
                            body_sha256: string | null;
                            headers: {
                                [key: string]: string;
                            };
                            method: string;
                            path: string;
                            reason: string;
                            request_id: string;
                            status: number;
                        }[];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    testSource: {
        parameters: {
            query?: never;
            header?: {
                /** @description Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike */
                "idempotency-key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description Which webhook source: its `id` */
                source_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Why it was rejected */
                        code: string | null;
                        event_id: string | null;
                        /** @description What the intake answered */
                        status_code: number;
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    answerChallenge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Names the source: its `service_name` */
                service_name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            default: components["responses"]["Error"];
        };
    };
    receiveWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Names the source: its `service_name` */
                service_name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "*/*": unknown;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    answerChallengeBySourceKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Names the source: its `service_name` */
                service_name: string;
                /** @description Names the tenant: from the source's own URL */
                source_key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            default: components["responses"]["Error"];
        };
    };
    receiveWebhookBySourceKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Names the source: its `service_name` */
                service_name: string;
                /** @description Names the tenant: from the source's own URL */
                source_key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "*/*": unknown;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Error"];
        };
    };
    receiveBulkBySourceKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Names the source: its `service_name` */
                service_name: string;
                /** @description Names the tenant: from the source's own URL */
                source_key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "*/*": unknown;
            };
        };
        responses: {
            /** @description Multi-Status */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        results: components["schemas"]["BulkResult"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    receiveBulk: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Names the source: its `service_name` */
                service_name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "*/*": unknown;
            };
        };
        responses: {
            /** @description Multi-Status */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        results: components["schemas"]["BulkResult"][];
                    };
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getWebhooksHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhooksHealth"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            default: components["responses"]["Error"];
        };
    };
}
