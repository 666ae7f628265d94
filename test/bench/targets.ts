import { type FigureName, medianOf, type Row } from './result.ts'

export interface Target {
  readonly cell: string
  /** Another system, another cell of Oarlock, or a figure by itself. */
  readonly against: string | 'ms' | 'MB' | 'own'
  readonly most: number
}

const httpTen = 'HTTP, anonymous, 10 rules'
const grpcTen = 'gRPC, anonymous, 10 rules'
const httpMany = 'HTTP, anonymous, 10000 rules'

/** What the project holds itself to. */
export const targets: readonly Target[] = [
  { cell: httpTen, against: 'heimdall', most: 0.4 },
  { cell: httpTen, against: 'oathkeeper', most: 0.1 },
  { cell: grpcTen, against: 'heimdall', most: 0.3 },
  { cell: 'gRPC, JWT RS256, same token', against: 'heimdall', most: 0.12 },
  { cell: 'gRPC, anonymous, 10 rules, 32 connections', against: 'heimdall', most: 0.55 },
  { cell: 'HTTP, JWT RS256, same token', against: 'oathkeeper', most: 0.25 },
  { cell: 'HTTP, JWT RS256, new token', against: 'oathkeeper', most: 0.24 },
  { cell: httpMany, against: httpTen, most: 1.1 },
  { cell: 'HTTP, anonymous, 100000 rules', against: httpTen, most: 1.2 },
  { cell: 'gRPC, anonymous, 10000 rules', against: grpcTen, most: 1.1 },
  { cell: 'gRPC, anonymous, 100000 rules', against: grpcTen, most: 1.2 },
  { cell: 'HTTP, introspection, cached', against: 'oathkeeper', most: 0.2 },
  { cell: 'HTTP, id_token, cached', against: 'oathkeeper', most: 0.3 },
  { cell: 'HTTP, proxied', against: 'oathkeeper', most: 0.4 },
  { cell: 'HTTP, remote_json', against: 'own', most: 60 },
  { cell: 'HTTP, hydrator', against: 'own', most: 60 },
  { cell: httpTen, against: 'ms', most: 350 },
  { cell: httpMany, against: 'ms', most: 1000 },
  { cell: httpTen, against: 'MB', most: 90 },
  { cell: httpMany, against: 'MB', most: 140 },
]

/** The number that a target is compared with; undefined: these rows do not have it. */
export function reach(rows: readonly Row[], { cell, against }: Target): number | undefined {
  const of = (load: string, system: string, name: FigureName = 'cpu'): number | undefined =>
    medianOf(find(rows, load, system), name)
  const own = of(cell, 'oarlock')
  if (own === undefined) return undefined
  switch (against) {
    case 'ms':
      return of(cell, 'oarlock', 'startTime')
    case 'MB':
      return mapped(of(cell, 'oarlock', 'residentAtStart'), bytes => bytes / 1e6)
    case 'own':
      return mapped(of(cell, 'bare call'), bare => own - bare)
    default:
      return mapped(of(cell, against) ?? of(against, 'oarlock'), other => own / other)
  }
}

const mapped = <T>(value: T | undefined, map: (value: T) => number): number | undefined =>
  value === undefined ? undefined : map(value)

export const find = (rows: readonly Row[], load: string, system: string): Row | undefined =>
  rows.find(row => row.load === load && row.system === system)
