import type { Config } from '../config/config.ts'
import type { LoadedConfig } from '../config/load.ts'
import { authorizers } from '../handlers/authorizers/index.ts'
import { textOf } from '../lib/bytes.ts'
import type { AuthorizerEntry, RuleDefinition } from '../rules/definition.ts'
import type { RuleWarning } from '../rules/rule.ts'
import { loadOrPrint } from './load.ts'
import type { ConfigOption, Output } from './output.ts'
import { readRulesOrPrint } from './read-rules.ts'

export interface LintOptions extends ConfigOption {
  /** Advice alone ends with 1, too. */
  readonly strict?: boolean
}

/** Prints settings that are valid but probably unintended, one line each. Broken rules are for `validate`. */
export async function lint(options: LintOptions, output: Output): Promise<number> {
  const loaded = await loadOrPrint(options, output)
  if (loaded === undefined) return 1
  const read = await readRulesOrPrint(loaded.config, output)
  if (read === undefined) return 1
  const { rules } = read
  const { config } = loaded
  const onRules = [
    ...rules.warnings,
    ...rules.advice(),
    ...adviceOnBodies(config, rules.definitions),
  ]
  const advice = [...adviceOn(loaded, rules.definitions), ...grouped(onRules), ...read.conflicts]
  for (const line of advice) output.out(`advice: ${line}\n`)
  output.out(`${advice.length} ${advice.length === 1 ? 'piece' : 'pieces'} of advice\n`)
  return options.strict && advice.length > 0 ? 1 : 0
}

const adviceOn = (
  loaded: LoadedConfig,
  definitions: readonly RuleDefinition[],
): readonly string[] => [
  ...(isUnnamedCaller(loaded, definitions)
    ? [
        'serve.api.forwarded: auto believes two ways of saying what is asked; name the one that your proxy uses',
      ]
    : []),
  ...(loaded.config.log.leak_sensitive_values
    ? [
        'log.leak_sensitive_values: true: tokens, cookies and queries of clients stand in the log; set it to false outside of development',
      ]
    : []),
]

/**
 * A proxy uses the decision API and no dialect is configured: Oarlock's own proxy cannot forward what a rule allows,
 * and gRPC is not configured.
 */
function isUnnamedCaller(
  { config: { serve }, originOf }: LoadedConfig,
  definitions: readonly RuleDefinition[],
): boolean {
  if (serve.api.forwarded !== 'auto') return false
  const isGrpc = grpcKeys.some(key => originOf(['serve', 'grpc', key]).kind !== 'default')
  const isProxied = ({ upstream }: RuleDefinition): boolean =>
    serve.proxy.enabled && upstream.url !== ''
  return !isGrpc && definitions.some(definition => !isProxied(definition))
}

const grpcKeys = ['port', 'socket', 'enabled']

/** Proxies of these dialects send no bodies, and a withheld body is not treated as an empty one. */
function adviceOnBodies(
  { serve: { api } }: Config,
  definitions: readonly RuleDefinition[],
): readonly RuleWarning[] {
  if (!api.forwarded.startsWith('x-')) return []
  const message = `reads the body, and a proxy with serve.api.forwarded: ${api.forwarded} does not send it: requests that may have a body are denied`
  return definitions.filter(mayHaveBody).flatMap(definition => {
    const reader = bodyReader(definition)
    return reader === undefined ? [] : [{ rule: definition.id, message: `${reader} ${message}` }]
  })
}

const kinds: Readonly<Record<string, { readonly readsBody?: true }>> = authorizers

/** What reads the body of its requests; undefined: nothing does. */
function bodyReader({ body, authorizer, authorizers = [authorizer] }: RuleDefinition) {
  if (body !== undefined) return 'body: the rule'
  return authorizers.some(readsBody) ? 'the authorizer' : undefined
}

const readsBody = (entry: AuthorizerEntry): boolean =>
  'of' in entry ? entry.entries.some(readsBody) : kinds[entry.handler]?.readsBody === true

/** Without methods a rule is for all of them. */
function mayHaveBody({ match }: RuleDefinition): boolean {
  if (match?.kind !== 'url' && match?.kind !== 'parts') return false
  const methods = match.methods ?? (match.kind === 'parts' ? ['POST'] : [])
  return methods.some(method => method !== 'GET' && method !== 'HEAD')
}

const mostNamed = 5

/** One line for each text, with the rules that it is about. */
function grouped(warnings: readonly RuleWarning[]): readonly string[] {
  const rules = new Map<string, string[]>()
  for (const { rule, message } of warnings) {
    const known = rules.get(message)
    if (known === undefined) rules.set(message, [rule])
    else known.push(rule)
  }
  return [...rules].map(([message, ids]) => {
    const named = ids.slice(0, mostNamed).map(id => `"${textOf(id)}"`)
    const more = ids.length > mostNamed ? ` and ${ids.length - mostNamed} more` : ''
    return `${ids.length === 1 ? 'rule' : 'rules'} ${named.join(', ')}${more}: ${textOf(message)}`
  })
}
