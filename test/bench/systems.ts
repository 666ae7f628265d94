import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { loopback } from '../conformance/ports.ts'
import { host } from './request.ts'
import type { Launch, Place, Scene, System } from './types.ts'

const count = (rules: number): number[] => Array.from({ length: rules }, (_, i) => i)

/** The server of this repository, and Oathkeeper: both read the same files. */
export const oarlock = (argv: readonly string[]): System => ({
  name: 'oarlock',
  doors: ['http', 'grpc'],
  prepare: (scene, place) => {
    const grpc = scene.door === 'grpc'
    const [a, b, c] = place.spare
    const api = grpc ? a : place.port
    const config = writeOathkeeperFiles(scene, place, { api, proxy: b, metrics: c })
    const port = grpc ? place.port : a
    const env = { SERVE_GRPC_HOST: loopback, SERVE_GRPC_PORT: String(port) }
    return { argv: [...argv, 'serve', '--config', config], env, prefix: '/decisions' }
  },
})

export const oathkeeper = (path: string): System => ({
  name: 'oathkeeper',
  doors: ['http'],
  prepare: (scene, place) => {
    const [, proxy, metrics] = place.spare
    const config = writeOathkeeperFiles(scene, place, { api: place.port, proxy, metrics })
    const argv = [path, 'serve', '--config', config, '--sqa-opt-out']
    return { argv, env: { SQA_OPT_OUT: 'true' }, prefix: '/decisions' }
  },
})

interface Ports {
  readonly api: number
  readonly proxy: number
  readonly metrics: number
}

function writeOathkeeperFiles(scene: Scene, { folder, issuer, jwks }: Place, ports: Ports): string {
  const rules = count(scene.rules).map(i => ({
    id: `rule-${i}`,
    upstream: { url: 'http://127.0.0.1:22999' },
    match: { url: `<https?>://${host}/svc${i}/<.*>`, methods: ['GET', 'POST'] },
    authenticators: [{ handler: scene.callers }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'header' }],
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
    },
    authorizers: { allow: { enabled: true } },
    mutators: {
      header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
    },
  }
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(rules))
  return writeYamlFile(folder, 'config.yaml', config)
}

export const heimdall = (path: string): System => ({
  name: 'heimdall',
  doors: ['http', 'grpc'],
  prepare: (scene, place): Launch => {
    const config = writeHeimdallFiles(scene, place)
    const grpc = scene.door === 'grpc' ? ['--envoy-grpc'] : []
    const argv = [path, 'serve', 'decision', ...grpc, '-c', config, '--insecure']
    return { argv, env: {}, prefix: '' }
  },
})

/** Its access log, tracing and metrics are on by default; the others log no access either. */
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
