/**
 * Settings for rules that come without a configuration: every handler is enabled, and what a handler needs has a
 * stand-in. No call is made, so the addresses need not exist; what a rule sets itself is used.
 */
import { authenticators } from '../../handlers/authenticators/index.ts'
import { authorizers } from '../../handlers/authorizers/index.ts'
import { errorHandlers } from '../../handlers/errors/index.ts'
import { mutators } from '../../handlers/mutators/index.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { PipelineSettings, SectionSettings } from '../../rules/compiling/settings.ts'

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

const enabled = (kinds: object): SectionSettings =>
  Object.fromEntries(
    Object.keys(kinds).map(name => [name, { enabled: true, config: needed[name] ?? {} }]),
  )

export const withStandIns = (settings: PipelineSettings): PipelineSettings => ({
  ...settings,
  authenticators: enabled(authenticators),
  authorizers: enabled(authorizers),
  mutators: enabled(mutators),
  errors: enabled(errorHandlers),
})
