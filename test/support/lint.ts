/** Runs `oarlock lint` on a configuration and rules. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import type { Finding } from '../../src/insight/lint/finding.ts'
import { deepMerge } from '../../src/lib/merge.ts'
import type { Cleanup } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'

/** No setting of these has a finding. */
export const common = {
  serve: { api: { forwarded: 'envoy' } },
  limits: { decision: { timeout: '1s' } },
  authenticators: {
    anonymous: { enabled: true },
    noop: { enabled: true },
    unauthorized: { enabled: true },
    cookie_session: {
      enabled: true,
      config: { check_session_url: 'https://login.example/whoami', only: ['sid'] },
    },
    oauth2_client_credentials: {
      enabled: true,
      config: { token_url: 'https://login.example/token' },
    },
    jwt: {
      enabled: true,
      config: {
        jwks_urls: ['https://issuer.example/jwks.json'],
        trusted_issuers: ['https://issuer.example/'],
        target_audience: ['shop'],
      },
    },
  },
  authorizers: {
    allow: { enabled: true },
    deny: { enabled: true },
    cel: { enabled: true, config: { expression: 'true' } },
    remote: { enabled: true, config: { remote: 'https://policy.example/check' } },
    remote_json: { enabled: true, config: { remote: 'https://policy.example/', payload: '{}' } },
  },
  mutators: {
    noop: { enabled: true },
    query: { enabled: true },
    remove: { enabled: true },
    cookie: { enabled: true, config: { cookies: {} } },
    header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
    id_token: {
      enabled: true,
      config: { issuer_url: 'https://us.example/', jwks_url: 'https://us.example/private.json' },
    },
  },
  errors: { handlers: { redirect: { enabled: true, config: { to: 'https://login.example/' } } } },
}

export const plainRule = (id: string, parts: object = {}) => ({
  id,
  match: { url: `https://shop.example/${id}`, methods: ['GET'] },
  authenticators: [{ handler: 'jwt' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  ...parts,
})

/** The findings; fails when a rule or the configuration is not valid. */
export async function lintFindings(
  t: Cleanup,
  rules: readonly object[],
  config: object = {},
): Promise<readonly Finding[]> {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(rules))
  const repositories = [`file://${folder}/rules.json`]
  const merged = deepMerge(deepMerge(common, config as never), {
    access_rules: { repositories },
  })
  const file = join(folder, 'oarlock.yaml')
  writeFileSync(file, stringify(merged, { aliasDuplicateObjects: false }))
  const [out, err]: [string[], string[]] = [[], []]
  const print = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) }
  await run(['lint', '-c', file, '--format', 'json'], print)
  if (err.length > 0) throw new Error(err.join(''))
  return (JSON.parse(out.join('')) as { readonly findings: readonly Finding[] }).findings
}
