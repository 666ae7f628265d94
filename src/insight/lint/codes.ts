/** The codes of findings, each with its level unless settings say another. Each has a page `docs/lint/CODE.md`. */
import type { Level } from './level.ts'

interface Meaning {
  readonly level: Level
  readonly title: string
}

export const codes = {
  'body-not-sent': {
    level: 'warning',
    title: 'The caller does not send the body that a rule reads',
  },
  'caller-cannot-change': {
    level: 'warning',
    title: 'The caller cannot make a change that the rule needs',
  },
  'check-disabled': { level: 'error', title: 'Requests pass without a check' },
  'credential-passes': { level: 'advice', title: 'A credential goes on to the upstream' },
  'default-allows': { level: 'warning', title: 'The default rule lets requests in' },
  'disable-unused': { level: 'warning', title: 'A finding that is switched off does not occur' },
  'disable-without-reason': { level: 'error', title: 'A finding is switched off without a reason' },
  'dot-crosses-slash': { level: 'warning', title: '"." in a pattern also matches a slash' },
  'duplicate-id': { level: 'error', title: 'Two rules have the same id' },
  'expired-key': { level: 'error', title: 'A key or certificate has expired' },
  'fail-open': { level: 'error', title: 'Requests pass when Oarlock does not answer' },
  'folded-header': { level: 'warning', title: 'Servers take the header for another one' },
  'forwarded-auto': { level: 'advice', title: 'The dialect of the caller is not named' },
  'header-hidden': { level: 'warning', title: 'Oarlock does not see a header that rules read' },
  'header-not-copied': {
    level: 'error',
    title: 'The caller does not take a header from the answer',
  },
  'leaks-in-log': { level: 'warning', title: 'Secrets of clients stand in the log' },
  'never-matches': { level: 'warning', title: 'A pattern can match no request' },
  'no-audience': { level: 'warning', title: 'Tokens for any audience are accepted' },
  'no-issuer': { level: 'advice', title: 'Tokens of any issuer are accepted' },
  'no-value': { level: 'warning', title: 'A missing value prints as <no value>' },
  'noop-echo': { level: 'warning', title: 'noop returns the headers of the request' },
  'not-normalized': {
    level: 'warning',
    title: 'The upstream may read another path than the matched one',
  },
  'open-host': { level: 'warning', title: 'The rule is for any host' },
  'other-strategy': { level: 'warning', title: 'The pattern is written for the other strategy' },
  overlap: { level: 'error', title: 'Two rules match the same request' },
  'owned-elsewhere': {
    level: 'warning',
    title: 'The rule passes a header that other rules of the host set',
  },
  'path-parameters': {
    level: 'warning',
    title: 'A server that cuts path parameters serves what another rule protects',
  },
  'pattern-as-text': { level: 'warning', title: 'An expression is used literally' },
  'repeated-group': { level: 'advice', title: 'A capture group is repeated' },
  retries: { level: 'advice', title: 'Retries of checks do not help' },
  'secret-in-file': { level: 'warning', title: 'A secret stands in a file' },
  'shared-keys': { level: 'warning', title: 'Keys of one issuer sign for the others' },
  'slow-pattern': { level: 'warning', title: 'The pattern is not run against long URLs' },
  'slower-than-caller': { level: 'advice', title: 'A decision can take longer than callers wait' },
  'symmetric-key': { level: 'warning', title: 'Who verifies tokens can make them' },
  'template-as-text': { level: 'warning', title: 'A template is used literally' },
  'timeout-too-short': {
    level: 'warning',
    title: 'The caller waits less than a decision may take',
  },
  'trusts-everyone': { level: 'error', title: 'Forwarded headers of anybody are trusted' },
  'unanchored-host': { level: 'warning', title: 'The host of the pattern has an open end' },
  unencoded: { level: 'warning', title: 'A value is not encoded' },
  unreachable: { level: 'error', title: 'Other rules match whatever the rule matches' },
  'unsafe-method-open': { level: 'warning', title: 'Anybody may change something' },
  'untested-rule': { level: 'advice', title: 'A rule has no test' },
  'verdict-in-body': { level: 'error', title: 'The verdict stands in a body that nobody reads' },
  'weak-key': { level: 'error', title: 'A key is too short' },
  'withheld-body': { level: 'warning', title: 'The caller withholds the body that a rule reads' },
} as const satisfies Record<string, Meaning>

export type Code = keyof typeof codes

export const isCode = (name: string): name is Code => Object.hasOwn(codes, name)
