/** `credential-passes`: a credential that the upstream does not need, and could use or log. */
import { canonicalHeaderName } from '../../../lib/header-name.ts'
import type { CredentialSource } from '../../../model/session.ts'
import { accessOf } from '../access.ts'
import { type Check, type Draft, settingOf } from '../draft.ts'
import type { LintedRule, UsedHandler } from '../linted.ts'

export const checkCredentials: Check = ({ rules }) => {
  const removed = removedIn(rules)
  return rules
    .filter(({ definition }) => accessOf(definition) !== 'nobody')
    .flatMap(rule => checkRule(rule, removed))
}

function checkRule(rule: LintedRule, removed: ReadonlySet<string>): readonly Draft[] {
  return rule.handlers
    .filter(({ stage, reference }) => stage === 'authenticator' && !reference.removeCredential)
    .flatMap(used => {
      const source = sourcesOf(used).find(one => !isReplaced(rule, one))
      const why = source && reasonAgainst(rule, used, { source, removed })
      if (source === undefined || why === undefined) return []
      const message = `${settingOf(used, shown(source))} reaches the upstream, ${why}: set remove_credential`
      return [{ code: 'credential-passes', message, rule, path: used.path }]
    })
}

const sourcesOf = ({ kind, config }: UsedHandler): readonly CredentialSource[] =>
  kind.credentials?.(config) ?? []

const shown = ({ in: place, name }: CredentialSource): string =>
  `${{ header: 'the header', cookie: 'the cookie', query: 'the query parameter', websocket_protocol: 'the subprotocol' }[place]} ${name}`

/** A mutator sets the header, or removes it. */
function isReplaced({ handlers }: LintedRule, { in: place, name }: CredentialSource): boolean {
  if (place !== 'header' && place !== 'cookie') return false
  const header = canonicalHeaderName(place === 'cookie' ? 'cookie' : name)
  return handlers
    .filter(({ stage }) => stage === 'mutator')
    .some(({ kind, config, handler }) => {
      if (handler === 'remove') return listOf(config[`${place}s`]).some(one => isName(one, name))
      return (kind.owns?.(config) ?? []).some(one => canonicalHeaderName(one) === header)
    })
}

const listOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as readonly string[]) : []

const isName = (pattern: string, name: string): boolean =>
  pattern.endsWith('*')
    ? name.toLowerCase().startsWith(pattern.slice(0, -1).toLowerCase())
    : pattern.toLowerCase() === name.toLowerCase()

interface Passing {
  readonly source: CredentialSource
  /** The credentials that some rule removes. */
  readonly removed: ReadonlySet<string>
}

/** Most upstreams may see a token of the client; here something says that this one should not. */
function reasonAgainst(
  { handlers }: LintedRule,
  { handler }: UsedHandler,
  { source, removed }: Passing,
): string | undefined {
  if (handler === 'oauth2_client_credentials') return 'with the secret of the client'
  if (source.in === 'query') return 'and URLs stand in logs'
  if (handlers.some(one => one.handler === 'id_token')) return 'which gets a token of ours'
  return removed.has(keyOf(source)) ? 'and other rules remove it' : undefined
}

const keyOf = ({ in: place, name }: CredentialSource): string => `${place} ${name.toLowerCase()}`

function removedIn(rules: readonly LintedRule[]): ReadonlySet<string> {
  const used = rules.flatMap(({ handlers }) =>
    handlers.filter(({ reference }) => reference.removeCredential === true),
  )
  return new Set(used.flatMap(sourcesOf).map(keyOf))
}
