/** Settings of the configuration: `trusts-everyone`, `leaks-in-log`, `slower-than-caller`. */
import type { Check, Draft } from '../draft.ts'
import type { Linted, UsedHandler } from '../linted.ts'

export const checkSettings: Check = linted => [
  ...checkTrust(linted),
  ...checkLog(linted),
  ...checkTimes(linted),
]

const checkTrust = ({ loaded: { config } }: Linted): readonly Draft[] =>
  (['api', 'proxy'] as const).flatMap(door =>
    config.serve[door].trusted_proxies.flatMap((network, i) => {
      if (!isWide(network)) return []
      const message = `serve.${door}.trusted_proxies: ${network} trusts forwarded headers of nearly everybody: name the addresses of your proxies`
      return [{ code: 'trusts-everyone', message, path: ['serve', door, 'trusted_proxies', i] }]
    }),
  )

/** The largest private networks are 10.0.0.0/8 and fc00::/7. */
function isWide(network: string): boolean {
  const [address = '', bits] = network.split('/')
  return bits !== undefined && Number(bits) < (address.includes(':') ? 7 : 8)
}

const checkLog = ({ loaded: { config } }: Linted): readonly Draft[] => {
  if (!config.log.leak_sensitive_values) return []
  const message =
    'log.leak_sensitive_values: true: tokens, cookies and queries of clients stand in the log; set it to false outside of development'
  const key = 'leak_sensitive_values'
  // With the key, so that no other value of the line is changed.
  const fix = { from: `${key}: true`, to: `${key}: false` }
  return [{ code: 'leaks-in-log', message, path: ['log', key], fix }]
}

/** These call another service for each decision, unless they have its answer in memory. */
const calling = new Set([
  'bearer_token',
  'cookie_session',
  'hydrator',
  'keto_engine_acp_ory',
  'oauth2_client_credentials',
  'oauth2_introspection',
  'remote',
  'remote_json',
])

export const isCalling = ({ handler }: UsedHandler): boolean => calling.has(handler)

const timeKey = ['limits', 'decision', 'timeout'] as const

/** A longest time that nobody chose, with rules that call other services. The proxy has no caller that waits. */
function checkTimes({ loaded, rules }: Linted): readonly Draft[] {
  const { config, originOf } = loaded
  if (originOf(timeKey).kind !== 'default') return []
  const { timeout } = config.limits.decision
  return rules
    .filter(({ definition }) => !config.serve.proxy.enabled || definition.upstream.url === '')
    .flatMap(rule => {
      const used = rule.handlers.find(isCalling)
      if (used === undefined) return []
      const message = `${used.stage} "${used.handler}": calls another service, and a decision may take ${timeout}; Envoy waits 200ms unless its filter says otherwise: set limits.decision.timeout, and a longer timeout of the caller`
      return [{ code: 'slower-than-caller', message, rule, path: used.path }]
    })
}
