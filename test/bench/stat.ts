import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts CPU time in hundredths of a second. */
const microsecondsPerTick = 10_000
const pageSize = 4096

interface Stat {
  readonly group: number
  readonly ticks: number
  readonly residentPages: number
}

/** CPU microseconds (waited-for children included) and resident bytes of a whole process group. */
export function usage(group: number): { readonly cpu: number; readonly resident: number } {
  const members = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(readStat)
    .filter(stat => stat.group === group)
  return {
    cpu: members.reduce((all, { ticks }) => all + ticks, 0) * microsecondsPerTick,
    resident: members.reduce((all, { residentPages }) => all + residentPages, 0) * pageSize,
  }
}

/** A process may end between listing and reading. */
function readStat(pid: string): Stat[] {
  try {
    return [parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))]
  } catch {
    return []
  }
}

/** The name in brackets may contain spaces and brackets; the numbers follow the last one. */
export function parseStat(line: string): Stat {
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const at = (number: number) => fields[number - 3] ?? 0 // numbered as in proc(5), of which 1 and 2 are cut off
  return { group: at(5), ticks: at(14) + at(15) + at(16) + at(17), residentPages: at(24) }
}
