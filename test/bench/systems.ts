import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { loopback } from '../conformance/ports.ts'
import { host } from './request.ts'
import type { Launch, Place, Scene, System, Work } from './types.ts'

const count = (rules: number): number[] => Array.from({ length: rules }, (_, i) => i)

const everyWork: readonly Work[] = [
  'introspection',
  'id_token',
  'remote_json',
  'hydrator',
  'proxied',
]

const prefixOf = ({ work }: Scene): string => (work === 'proxied' ? '' : '/decisions')

const askedPort = ({ door, work }: Scene): 'grpc' | 'proxy' | 'api' => {
  if (door === 'grpc') return 'grpc'
  return work === 'proxied' ? 'proxy' : 'api'
}

/** The server of this repository with other settings. */
export interface Variant {
  /** Begins with `oarlock`. */
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  /** Serves gRPC on a unix socket. */
  readonly onSocket?: boolean
}

const usual: Variant = { name: 'oarlock', env: {} }
export const twoWorkers: Variant = { name: 'oarlock, 2 workers', env: { SERVE_WORKERS: '2' } }

export const isOwn = ({ name }: System): boolean => name.startsWith('oarlock')

/** The server of this repository, and Oathkeeper: both read the same files. */
export const oarlock = (argv: readonly string[], variant: Variant = usual): System => ({
  name: variant.name,
  doors: ['http', 'grpc'],
  works: everyWork,
  prepare: (scene, place) => {
    const [a, b, c] = place.spare
    const asked = askedPort(scene)
    const ports = { api: a, proxy: b, metrics: c, [asked]: place.port }
    const config = writeOathkeeperFiles(scene, place, ports)
    const grpc = asked === 'grpc' ? place.port : asked === 'api' ? a : b
    const listening = { SERVE_GRPC_HOST: loopback, SERVE_GRPC_PORT: String(grpc) }
    const launch = { argv: [...argv, 'serve', '--config', config], prefix: prefixOf(scene) }
    if (!variant.onSocket) return { ...launch, env: { ...listening, ...variant.env } }
    const socket = join(place.folder, 'grpc.sock')
    return { ...launch, socket, env: { SERVE_GRPC_SOCKET: socket, ...variant.env } }
  },
})

export const oathkeeper = (path: string): System => ({
  name: 'oathkeeper',
  doors: ['http'],
  works: everyWork,
  prepare: (scene, place) => {
    const [api, proxy, metrics] = place.spare
    const ports = { api, proxy, metrics, [askedPort(scene)]: place.port }
    const config = writeOathkeeperFiles(scene, place, ports)
    const argv = [path, 'serve', '--config', config, '--sqa-opt-out']
    return { argv, env: { SQA_OPT_OUT: 'true' }, prefix: prefixOf(scene) }
  },
})

const mutatorsOf = ({ work }: Scene): readonly object[] =>
  work === 'id_token' || work === 'hydrator' ? [{ handler: work }] : []

const signingKeys = JSON.stringify({
  keys: [
    {
      ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
      kid: 'signing',
      alg: 'RS256',
      use: 'sig',
    },
  ],
})

interface Ports {
  readonly api: number
  readonly proxy: number
  readonly metrics: number
}

function writeOathkeeperFiles(scene: Scene, { folder, issuer, jwks }: Place, ports: Ports): string {
  const rules = count(scene.rules).map(i => ({
    id: `rule-${i}`,
    upstream: { url: issuer },
    match: { url: `<https?>://${host}/svc${i}/<.*>`, methods: ['GET', 'POST'] },
    authenticators: [
      { handler: scene.work === 'introspection' ? 'oauth2_introspection' : scene.callers },
    ],
    authorizer: { handler: scene.work === 'remote_json' ? 'remote_json' : 'allow' },
    mutators: [...mutatorsOf(scene), { handler: 'header' }],
  }))
  const config = {
    log: { level: 'error' },
    serve: {
      api: { host: loopback, port: ports.api },
      proxy: { host: loopback, port: ports.proxy },
      prometheus: { host: loopback, port: ports.metrics },
    },
    access_rules: { repositories: [`file://${join(folder, 'rules.json')}`] },
    authenticators: {
      anonymous: { enabled: true, config: { subject: 'guest' } },
      jwt: {
        enabled: true,
        config: {
          jwks_urls: [jwks],
          trusted_issuers: [issuer],
          allowed_algorithms: ['RS256', 'ES256'],
        },
      },
      oauth2_introspection: {
        enabled: true,
        config: { introspection_url: `${issuer}introspect`, cache: { enabled: true, ttl: '1h' } },
      },
    },
    authorizers: {
      allow: { enabled: true },
      remote_json: {
        enabled: true,
        config: {
          remote: `${issuer}check`,
          payload: '{"subject": "{{ print .Subject }}", "path": "{{ .MatchContext.URL.Path }}"}',
        },
      },
    },
    mutators: {
      hydrator: { enabled: true, config: { api: { url: `${issuer}hydrate` } } },
      id_token: {
        enabled: true,
        config: {
          issuer_url: issuer,
          jwks_url: `file://${join(folder, 'signing.json')}`,
          ttl: '1h',
          claims: '{"aud": ["shop"], "name": "{{ print .Subject }}"}',
        },
      },
      header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
    },
  }
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(rules))
  writeFileSync(join(folder, 'signing.json'), signingKeys)
  return writeYamlFile(folder, 'config.yaml', config)
}

export const heimdall = (path: string): System => ({
  name: 'heimdall',
  doors: ['http', 'grpc'],
  works: [],
  prepare: (scene, place): Launch => {
    const config = writeHeimdallFiles(scene, place)
    const grpc = scene.door === 'grpc' ? ['--envoy-grpc'] : []
    const argv = [path, 'serve', 'decision', ...grpc, '-c', config, '--insecure']
    return { argv, env: {}, prefix: '' }
  },
})

/** Its access log, tracing and metrics are on by default; the other systems write no access log either. */
function writeHeimdallFiles(scene: Scene, { folder, issuer, jwks, port, spare }: Place): string {
  const authenticator = scene.callers === 'jwt' ? 'jwt' : 'anon'
  const rules = count(scene.rules).map(i => ({
    id: `rule-${i}`,
    match: { http: { hosts: [host], methods: ['GET', 'POST'], paths: [{ path: `/svc${i}/**` }] } },
    forward_to: { host: '127.0.0.1:22999' },
    execute: [{ authenticator }, { authorizer: 'allow' }, { finalizer: 'headers' }],
  }))
  const assertions = { issuers: [issuer], allowed_algorithms: ['ES256', 'RS256'] }
  const source = [{ header: 'Authorization', scheme: 'Bearer' }]
  const jwt = { jwks_endpoint: { url: jwks }, cache_ttl: '10m', jwt_source: source, assertions }
  const config = {
    log: { level: 'error', access_log_enabled: false },
    tracing: { enabled: false },
    metrics: { enabled: false },
    serve: { host: loopback, port, respond: { with: { accepted: { code: 200 } } } },
    management: { host: loopback, port: spare[0] },
    mechanisms: {
      authenticators: [
        { id: 'anon', type: 'anonymous', config: { principal: 'guest' } },
        { id: 'deny', type: 'unauthorized' },
        { id: 'jwt', type: 'jwt', config: jwt },
      ],
      authorizers: [{ id: 'allow', type: 'allow' }],
      finalizers: [
        { id: 'headers', type: 'header', config: { headers: { 'X-User': '{{ .Subject.ID }}' } } },
      ],
    },
    default_rule: { execute: [{ authenticator: 'deny' }] },
    providers: { file_system: { src: join(folder, 'rules.yaml') } },
  }
  writeYamlFile(folder, 'rules.yaml', { version: '1beta1', name: 'bench', rules })
  return writeYamlFile(folder, 'config.yaml', config)
}

function writeYamlFile(folder: string, name: string, value: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }))
  return path
}

/** The cost of an HTTP server that only calls the service and answers: the lower bound for scenes with a call. */
export const bareCall = (node: string): System => ({
  name: 'bare call',
  doors: ['http'],
  works: ['remote_json', 'hydrator'],
  only: ['remote_json', 'hydrator'],
  prepare: (scene, { port, issuer }) => ({
    argv: [node, fileURLToPath(new URL('relay.mjs', import.meta.url))],
    env: { PORT: String(port), URL: `${issuer}${scene.work === 'hydrator' ? 'hydrate' : 'check'}` },
    prefix: '',
  }),
})
