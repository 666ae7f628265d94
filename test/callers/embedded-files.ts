/** Configuration and rules of an Oarlock that runs inside another program, and the services that its rules call. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Cleanup } from '../support/cleanup.ts'
import { temporaryFolder } from '../support/folder.ts'
import { inline, keySetOf, makeKey, makeToken } from '../support/keys.ts'
import { listen } from '../support/listen.ts'
import { moreMutators, mutatorsOf } from './answered.ts'

const key = makeKey('ES256', 'embedded')
/** A token of alice. */
export const authorization = `Bearer ${await makeToken(key, { sub: 'alice' })}`

const header = (headers: object) => ({ handler: 'header', config: { headers } })
const user = { 'X-User': '{{ print .Subject }}' }
const matched = '{{ .MatchContext.URL.Path }}?{{ .MatchContext.URL.RawQuery }}'
const anyone = { authenticators: [{ handler: 'anonymous' }] }

const rulesFor = (origin: string, stub: string) => {
  const rule = (id: string, parts: object = {}) => ({
    id,
    match: { url: `${origin}/${id}<(/.*)?>`, methods: ['GET', 'POST'] },
    authenticators: [{ handler: 'jwt' }],
    authorizer: { handler: 'allow' },
    mutators: [header({ ...user, 'X-Matched': matched })],
    ...parts,
  })
  return [
    rule('orders'),
    rule('public', anyone),
    rule('admin', { authorizer: { handler: 'deny' } }),
    rule('account', { errors: [{ handler: 'redirect' }] }),
    // The hydrator removes what the rule would have set.
    rule('hydrated', {
      ...anyone,
      mutators: [
        header({ ...user, 'X-Role': 'reader' }),
        { handler: 'hydrator', config: { api: { url: `${stub}/hydrate` } } },
      ],
    }),
    rule('uploads', { authorizer: { handler: 'remote', config: { remote: `${stub}/authorize` } } }),
    rule('slow', {
      authorizer: { handler: 'remote_json', config: { remote: `${stub}/silent`, payload: '{}' } },
    }),
    rule('answered', { ...anyone, mutators: mutatorsOf.answered }),
    rule('used', { authenticators: [{ handler: 'jwt', remove_credential: true }] }),
    rule('removed', { ...anyone, mutators: mutatorsOf.removed('X-Role') }),
    rule('queried', { ...anyone, mutators: mutatorsOf.queried }),
    { ...rule('chat'), match: { url: 'wss://chat.example/', methods: ['GET'] } },
  ]
}

const configFor = (rules: string, stub: string) => ({
  log: { level: 'fatal' },
  access_rules: { repositories: [`file://${rules}`] },
  authenticators: {
    anonymous: { enabled: true, config: { subject: 'guest' } },
    jwt: {
      enabled: true,
      config: { jwks_urls: [inline(keySetOf(key))], allowed_algorithms: ['ES256'] },
    },
  },
  authorizers: {
    allow: { enabled: true },
    deny: { enabled: true },
    remote: { enabled: true, config: { remote: stub } },
    remote_json: { enabled: true, config: { remote: stub, payload: '{}' } },
  },
  mutators: {
    header: { enabled: true, config: { headers: {} } },
    hydrator: { enabled: true, config: { api: { url: stub } } },
    ...moreMutators,
  },
  errors: {
    handlers: { redirect: { enabled: true, config: { to: 'https://login.example/' } } },
  },
})

/** The hydrator answers without changes, the authorizer allows every body, and `/silent` never answers. */
async function startStub(t: Cleanup): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    if (request.url === '/hydrate')
      response.end(JSON.stringify({ ...JSON.parse(body), header: {} }))
    else if (request.url === '/authorize') response.end()
  })
  return `http://127.0.0.1:${await listen(t, server)}`
}

/** Returns the configuration file of rules for `origin`. */
export async function writeEmbedded(t: Cleanup, origin: string, parts: object = {}) {
  const folder = temporaryFolder(t)
  const stub = await startStub(t)
  const [rules, config] = [join(folder, 'rules.yaml'), join(folder, 'oarlock.yaml')]
  writeFileSync(rules, stringify(rulesFor(origin, stub)))
  writeFileSync(config, stringify({ ...configFor(rules, stub), ...parts }))
  return config
}
