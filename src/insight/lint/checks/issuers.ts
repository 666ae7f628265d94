/** `no-issuer` of patterns that any issuer matches, and of an empty text. */
import { textOf } from '../../../lib/bytes.ts'
import type { Strategy } from '../../../rules/matching/problem.ts'
import { textCompiler } from '../../../rules/matching/text-compiler.ts'
import { type Check, type Draft, settingOf } from '../draft.ts'
import type { LintedRule, UsedHandler } from '../linted.ts'

export const checkIssuers: Check = ({ loaded, rules }) => {
  const strategy = loaded.config.access_rules.matching_strategy
  return rules.flatMap(rule =>
    rule.handlers
      .filter(({ handler, config }) => handler === 'jwt' && config['metadata_url'] === undefined)
      .flatMap(used => checkUsed(rule, used, strategy)),
  )
}

function checkUsed(rule: LintedRule, used: UsedHandler, strategy: Strategy): readonly Draft[] {
  const issuers = (used.config['trusted_issuers'] ?? []) as readonly string[]
  return issuers.flatMap((issuer, i) => {
    const what = problemOf(issuer, strategy)
    const message = `${settingOf(used, 'trusted_issuers')}: ${what}: name the issuer`
    const path = [...used.path, 'config', 'trusted_issuers', i]
    return what === undefined ? [] : [{ code: 'no-issuer', message, rule, path }]
  })
}

function problemOf(issuer: string, strategy: Strategy): string | undefined {
  if (issuer === '') return 'an empty text accepts tokens that name no issuer'
  const isTrusted = textCompiler(strategy)(issuer)
  return strangers.some(isTrusted) ? `${textOf(issuer)} matches any issuer` : undefined
}

/** Nobody trusts these by name. */
const strangers = [
  'https://stranger.invalid',
  'https://stranger.invalid/',
  'http://stranger.invalid/',
  'https://a.stranger.invalid/b',
  'stranger',
]
