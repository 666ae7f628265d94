import { type Caller, type Check, callers, cannot, checks } from './checks.ts'

/** Makes the table of docs/callers/README.md: a row per caller, a column per check, and the reasons below. */
export function table(): string {
  const names = Object.keys(callers) as Caller[]
  const checkNames = Object.keys(checks) as Check[]
  const reasons: string[] = []
  const cell = (caller: Caller, check: Check): string => {
    const why = cannot[caller]?.[check]
    if (why === undefined) return 'yes'
    const found = reasons.indexOf(why)
    return `no [${found < 0 ? reasons.push(why) : found + 1}]`
  }
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    row(['', ...Object.values(checks)]),
    row(['---', ...checkNames.map(() => '---')]),
    ...names.map(caller => row([callers[caller], ...checkNames.map(check => cell(caller, check))])),
    '',
    ...reasons.map((why, i) => `${i + 1}. ${why}.`),
  ].join('\n')
}
