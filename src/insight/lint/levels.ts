/** The levels that settings give to findings. */
import { withoutControls } from '../../lib/without-controls.ts'
import { codes } from './codes.ts'
import type { Draft } from './draft.ts'
import type { Finding } from './finding.ts'
import { hashOf } from './fingerprint.ts'
import type { LintSettings, RuleSetting, Setting } from './lint-settings.ts'

/** The settings of a rule come before those of a code. */
export function createLevels({ codes: set, rules }: LintSettings) {
  const byRule = new Map(rules.map(setting => [`${setting.code} ${setting.rule}`, setting]))
  const used = new Set<RuleSetting>()
  const of = ({ code, rule, level }: Draft): Setting => {
    const own = rule && byRule.get(`${code} ${rule.id}`)
    if (own) used.add(own)
    return own?.setting ?? set.get(code) ?? level ?? codes[code].level
  }
  const unused = (): readonly Finding[] =>
    rules.filter(setting => !used.has(setting)).map(unusedFinding)
  return { of, unused }
}

const unusedFinding = ({ rule, code, file, line, column }: RuleSetting): Finding => ({
  code: 'disable-unused',
  level: codes['disable-unused'].level,
  message: withoutControls(`rules.${rule}.${code}: is not found in a rule with this id`),
  rule: null,
  place: { file, line, column },
  related: [],
  witness: null,
  fingerprint: hashOf(['disable-unused', rule, code]),
})

/** Levels of findings about comments, which have no draft. */
export const withLevels = (
  findings: readonly Finding[],
  { codes: set }: LintSettings,
): readonly Finding[] =>
  findings.flatMap(finding => {
    if (!finding.code.startsWith('disable-')) return [finding]
    const level = set.get(finding.code) ?? finding.level
    return level === 'off' ? [] : [{ ...finding, level }]
  })
