/**
 * A caller's files with the built Oarlock: a bootstrap of Envoy, oarlock.yaml and rules.yaml; only the ports differ.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parse } from 'yaml'
import { startScriptedDoors } from '../envoy/scripted-doors.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { startEnvoy } from '../support/envoy.ts'
import { root } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { startOarlock } from '../support/oarlock.ts'
import { freePort, loopback } from '../support/ports.ts'
import { startUpstream } from '../support/upstream.ts'
import { moreMutators, mutatorsOf, respond } from './answered.ts'
import type { EnvoyTraits, Site } from './envoy-checks.ts'

export interface Files extends EnvoyTraits {
  /** `deploy/emissary`, or another folder with oarlock.yaml and rules.yaml. */
  readonly folder: string
  /** The bootstrap in that folder. */
  readonly bootstrap: string
}

export async function startSite(t: Cleanup, caller: Files): Promise<Site> {
  const upstream = await startUpstream(t, respond)
  const stub = await startStub(t)
  const read = (file: string) => parse(readFileSync(join(root, caller.folder, file), 'utf8'))
  const oarlock = await startOarlock(t, {
    config: withStub(read('oarlock.yaml'), stub),
    rules: [...read('rules.yaml'), ...extraRules],
  })
  const doors = await startScriptedDoors(t)
  const before = ({ api, grpc }: Pick<Neighbours, 'api' | 'grpc'>) =>
    startBetween(t, caller, { api, grpc, upstream: upstream.port })
  return {
    caller,
    upstream,
    oarlock,
    port: await before(oarlock),
    scripted: { doors, port: await before({ api: doors.http, grpc: doors.grpc }) },
  }
}

/** Ports that Envoy connects to. */
export interface Neighbours {
  readonly api: number
  readonly grpc: number
  readonly upstream: number
}

type Bootstrap = Pick<Files, 'folder' | 'bootstrap'> & {
  /** A duration such as `10s` that replaces each `timeout` and `connect_timeout`. */
  readonly timeouts?: string
}

/** Starts Envoy with that bootstrap in front of these ports; returns its port. */
export async function startBetween(
  t: Cleanup,
  bootstrap: Bootstrap,
  { api, grpc, upstream }: Neighbours,
): Promise<number> {
  const port = await freePort()
  await startEnvoy(
    t,
    bootstrapOf(bootstrap, { 10000: port, 10001: upstream, 4456: api, 4457: grpc }),
  )
  return port
}

function bootstrapOf(
  { folder, bootstrap, timeouts }: Bootstrap,
  ports: Readonly<Record<number, number>>,
): object {
  const text = readFileSync(join(root, folder, bootstrap), 'utf8')
  return parse(text, (key: unknown, value: unknown) => {
    if (isTimeout(key)) return timeouts ?? value
    if (key !== 'port_value') return value
    const port = ports[Number(value)]
    if (port === undefined) throw new Error(`${folder}/${bootstrap} uses an unknown port ${value}`)
    return port
  })
}

const isTimeout = (key: unknown): boolean => key === 'timeout' || key === 'connect_timeout'

/** The handlers that the table needs in addition to those of the files. */
function withStub(config: Readonly<Record<string, object>>, stub: string): object & typeof config {
  const remote = { enabled: true, config: { remote: `${stub}/authorize` } }
  const hydrator = { enabled: true, config: { api: { url: `${stub}/hydrate` } } }
  const redirect = { enabled: true, config: { to: 'https://login.example/?from=here' } }
  const errors = config['errors'] as { readonly handlers: object }
  return {
    ...config,
    authorizers: { ...config['authorizers'], remote },
    mutators: { ...config['mutators'], hydrator, ...moreMutators },
    errors: { ...errors, handlers: { ...errors.handlers, redirect } },
  }
}

const rule = (id: string, parts: object) => ({
  id,
  match: { url: `<https?>://<[^/]+>/${id}<(/.*)?>`, methods: ['GET', 'POST'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
  ...parts,
})

const setting = (headers: object) => ({ handler: 'header', config: { headers } })

const extraRules = [
  rule('account', { authenticators: [{ handler: 'jwt' }], errors: [{ handler: 'redirect' }] }),
  rule('uploads', { authenticators: [{ handler: 'jwt' }], authorizer: { handler: 'remote' } }),
  rule('matched', { mutators: [setting({ 'X-User': '{{ print .MatchContext.URL.Path }}' })] }),
  rule('answered', { mutators: [{ handler: 'header' }, ...mutatorsOf.answered] }),
  rule('used', { authenticators: [{ handler: 'jwt', remove_credential: true }] }),
  rule('used-cookie', {
    authenticators: [
      { handler: 'jwt', remove_credential: true, config: { token_from: { cookie: 'token' } } },
    ],
  }),
  rule('removed', { mutators: [{ handler: 'header' }, ...mutatorsOf.removed('X-Debug')] }),
  rule('queried', { mutators: [{ handler: 'header' }, ...mutatorsOf.queried] }),
  // The hydrator removes what the rule would have set.
  rule('hydrated', {
    mutators: [setting({ 'X-Role': 'a', 'X-User': 'a' }), { handler: 'hydrator' }],
  }),
]

/** The authorizer allows bodies that begin with `allow`; the hydrator answers without changes. */
async function startStub(t: Cleanup): Promise<string> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString()
    if (request.url === '/hydrate')
      response.end(JSON.stringify({ ...JSON.parse(body), header: {} }))
    else response.writeHead(body.startsWith('allow') ? 200 : 403).end()
  })
  return `http://${loopback}:${await listen(t, server)}`
}
