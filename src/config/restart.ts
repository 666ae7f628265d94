/** Decides which part of a changed configuration takes effect while the server runs. */
import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import type { Config } from './config.ts'

/** Keys that take effect at once; all others need a restart. */
const hot = [
  'access_rules',
  'authenticators',
  'authorizers',
  'mutators',
  'errors',
  'resources',
  'serve.api.trusted_proxies',
  'serve.api.forwarded',
  'serve.api.auth_request',
  'serve.api.cors',
  'serve.api.cors_on_decisions',
  'serve.api.decision_id_header',
  'serve.api.explain',
  'serve.proxy.cors',
  'serve.proxy.trusted_proxies',
  'serve.proxy.trust_forwarded_headers',
  'serve.proxy.append_forwarded_for',
  'serve.proxy.max_request_bytes',
  'serve.grpc.trusted_proxies',
  'serve.paths',
]

/** Keys below a hot key that are only read at start: key sets are kept across a reload. */
const cold = [
  'access_rules.shadow',
  'authenticators.jwt.config.jwks_ttl',
  'authenticators.jwt.config.jwks_max_wait',
]

/** Keys that never have an effect. */
const idle = ['version', 'profiling']

/** When a changed value counts: at the reload, after a restart, or never. */
export type Effect = 'reload' | 'restart' | 'none'

export function effectOf(key: string): Effect {
  const isIn = (keys: readonly string[]): boolean =>
    keys.some(one => key === one || key.startsWith(`${one}.`))
  if (isIn(idle)) return 'none'
  return isIn(hot) && !isIn(cold) ? 'reload' : 'restart'
}

export interface Change {
  /** The running configuration with the hot part of the new one. */
  readonly config: Config
  /** Keys whose new value needs a restart. */
  readonly restart: readonly string[]
}

/** Compares a new configuration with the one that the server was started with. */
export function changeTo(next: Config, started: Config): Change {
  const [from, to] = [asJson(next), asJson(started)]
  const taken = hot.reduce((config, key) => withValue(config, key, valueAt(from, key)), to)
  const late = cold.filter(key => !isDeepStrictEqual(valueAt(from, key), valueAt(to, key)))
  const merged = late
    .filter(key => valueAt(taken, key) !== undefined)
    .reduce((config, key) => withValue(config, key, valueAt(to, key)), taken)
  const others = differences(taken, from, []).filter(key => !idle.includes(key))
  return { config: merged as unknown as Config, restart: [...others, ...late] }
}

const asJson = (config: Config): JsonObject => config as unknown as JsonObject

const valueAt = (config: JsonObject, key: string): JsonValue | undefined =>
  key
    .split('.')
    .reduce<JsonValue | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), config)

function withValue(config: JsonObject, key: string, value: JsonValue | undefined): JsonObject {
  const [name = '', ...rest] = key.split('.')
  const { [name]: old, ...others } = config
  const inner =
    rest.length === 0 ? value : withValue(isJsonObject(old) ? old : {}, rest.join('.'), value)
  return inner === undefined ? others : { ...config, [name]: inner }
}

function differences(
  one: JsonValue | undefined,
  other: JsonValue | undefined,
  path: readonly string[],
): readonly string[] {
  if (isDeepStrictEqual(one, other)) return []
  if (!isJsonObject(one) || !isJsonObject(other)) return [path.join('.')]
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  return names.flatMap(name => differences(one[name], other[name], [...path, name]))
}
