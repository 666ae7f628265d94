import { type Caller, type Check, callers, cannot, checks } from './checks.ts'

/** The table of docs/callers/README.md: a row per check, a column per proxy, and the reasons below. */
export function table(): string {
  const names = Object.keys(callers) as Caller[]
  const reasons = names.flatMap(caller =>
    Object.entries(cannot[caller]).map(([check, why]) => ({ caller, check, why })),
  )
  const cell = (caller: Caller, check: string): string => {
    const found = reasons.findIndex(one => one.caller === caller && one.check === check)
    return found < 0 ? 'yes' : `no, ${found + 1}`
  }
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const checkNames = Object.keys(checks) as Check[]
  return [
    row(['', ...Object.values(callers)]),
    row(['---', ...names.map(() => '---')]),
    ...checkNames.map(check => row([checks[check], ...names.map(name => cell(name, check))])),
    '',
    ...reasons.map(({ caller, why }, i) => `${i + 1}. ${callers[caller]}: ${why}.`),
  ].join('\n')
}
