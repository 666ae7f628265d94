/** Oarlock with everything that it depends on; each part can be stopped. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { Cleanup } from '../../support/cleanup.ts'
import { inline, keySetOf } from '../../support/keys.ts'
import { type Oarlock, startOarlock } from '../../support/oarlock.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import { type Restartable, restartable } from '../../support/restartable.ts'
import { until } from '../../support/until.ts'
import { type Area, host, issuerKey, ownKey, privateSet } from './questions.ts'

export interface World {
  readonly oarlock: Oarlock
  readonly redis: RedisServer
  readonly services: Readonly<
    Record<'keys' | 'introspection' | 'authorizer' | 'upstream', Restartable>
  >
  /** The files as they were at the start. */
  readonly files: { readonly config: string; readonly rules: string }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

async function startServices(t: Cleanup): Promise<World['services']> {
  const keys = await restartable(t, (_, response) => response.end(keySetOf(issuerKey)))
  const introspection = await restartable(t, async (request, response) => {
    const token = new URLSearchParams(await textOf(request)).get('token') ?? ''
    const active = token.startsWith('good-')
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(active ? { active, sub: token.slice(5) } : { active }))
  })
  const authorizer = await restartable(t, async (request, response) => {
    const { subject } = JSON.parse(await textOf(request))
    response.writeHead(subject.startsWith('caller-') ? 200 : 403).end()
  })
  const upstream = await restartable(t, ({ headers }, response) => {
    response.setHeader('X-User', `${headers['x-user']}`)
    response.setHeader('Authorization', `${headers.authorization}`)
    response.end('upstream')
  })
  return { keys, introspection, authorizer, upstream }
}

const ofArea: Readonly<Record<Area, object>> = {
  token: { authenticators: [{ handler: 'jwt' }] },
  signed: { authenticators: [{ handler: 'jwt' }], mutators: [{ handler: 'id_token' }] },
  remote: { authenticators: [{ handler: 'jwt' }], authorizer: { handler: 'remote_json' } },
  opaque: { authenticators: [{ handler: 'oauth2_introspection' }] },
  never: { authenticators: [{ handler: 'jwt' }], authorizer: { handler: 'deny' } },
}

const rulesFor = (upstream: string): readonly object[] =>
  Object.entries(ofArea).map(([area, parts]) => ({
    id: area,
    match: { url: `http://${host}/${area}`, methods: ['GET'] },
    upstream: { url: upstream },
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'header' }],
    ...parts,
  }))

function configFor({ keys, introspection, authorizer }: World['services'], redis: string) {
  const on = (config: object) => ({ enabled: true, config })
  return {
    cache: { backend: 'redis', redis: { url: redis } },
    authenticators: {
      jwt: on({ jwks_urls: [keys.origin], jwks_ttl: '1s', allowed_algorithms: ['ES256'] }),
      oauth2_introspection: on({
        introspection_url: introspection.origin,
        cache: { enabled: true, ttl: '2s' },
      }),
    },
    authorizers: {
      allow: { enabled: true },
      deny: { enabled: true },
      remote_json: on({
        remote: authorizer.origin,
        payload: '{"subject": {{ .Subject | toJson }}}',
        retry: { max_delay: '20ms', give_up_after: '50ms' },
      }),
    },
    mutators: {
      header: on({ headers: { 'X-User': '{{ print .Subject }}' } }),
      id_token: on({ issuer_url: 'https://own.example/', jwks_url: inline(privateSet(ownKey)) }),
    },
  }
}

export async function startWorld(
  t: Cleanup,
  workers: number,
  env: Readonly<Record<string, string>> = {},
): Promise<World> {
  const services = await startServices(t)
  const redis = await startRedis(t)
  const oarlock = await startOarlock(t, {
    config: { ...configFor(services, redis.url), serve: { workers } },
    rules: rulesFor(services.upstream.origin),
    env,
  })
  await until(() => /Oarlock is listening/.test(oarlock.log()), 'all services listen')
  const read = (file: string): string => readFileSync(file, 'utf8')
  const files = { config: read(oarlock.files.config), rules: read(oarlock.files.rules) }
  return { oarlock, redis, services, files }
}
