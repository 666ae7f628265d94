/**
 * Settings for rules that come without a configuration: every handler is enabled, and what a handler needs has a
 * stand-in. No call is made, so the addresses need not exist; what a rule sets itself is used.
 */
import type { Config } from '../../config/config.ts'
import { withDefaults } from '../../config/defaults.ts'
import { configSchema } from '../../config/schema/root.ts'
import type { SchemaNode } from '../../config/schema/walk.ts'
import { authenticators } from '../../handlers/authenticators/index.ts'
import { authorizers } from '../../handlers/authorizers/index.ts'
import { errorHandlers } from '../../handlers/errors/index.ts'
import { mutators } from '../../handlers/mutators/index.ts'
import type { JsonObject } from '../../lib/json.ts'

const url = 'http://configuration.invalid/'

const needed: Readonly<Record<string, JsonObject>> = {
  bearer_token: { check_session_url: url },
  cookie_session: { check_session_url: url },
  jwt: { jwks_urls: [url] },
  oauth2_client_credentials: { token_url: url },
  oauth2_introspection: { introspection_url: url },
  keto_engine_acp_ory: { base_url: url, required_action: 'x', required_resource: 'x' },
  remote: { remote: url },
  remote_json: { remote: url, payload: '{}' },
  cookie: { cookies: {} },
  header: { headers: {} },
  hydrator: { api: { url } },
  id_token: { issuer_url: url, jwks_url: url },
  redirect: { to: url },
  response_cookie: { cookies: {} },
  response_header: { headers: {} },
}

const enabled = (kinds: object): JsonObject =>
  Object.fromEntries(
    Object.keys(kinds).map(name => {
      const config = needed[name]
      return [name, config === undefined ? { enabled: true } : { enabled: true, config }]
    }),
  )

const sections: JsonObject = {
  authenticators: enabled(authenticators),
  authorizers: enabled(authorizers),
  mutators: enabled(mutators),
  errors: { fallback: ['json'], handlers: enabled(errorHandlers) },
}

const schema: SchemaNode = configSchema

/** A test checks that it is valid. */
export const standInConfig = (): Config => withDefaults(sections, schema) as unknown as Config
