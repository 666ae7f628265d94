/** All sources of rules together: reads them, keeps the last good rules of each. */
import type { RuleDefinition } from './definition.ts'
import { parseDocument } from './document.ts'
import { type Source, sourceOf } from './source.ts'

export interface SourceReport {
  readonly location: string
  readonly rules: number
  /** Why the source could not be read this time; its earlier rules stay. */
  readonly problem?: string
  /** The problem cannot go away by itself: a start must not go on with it. */
  readonly fatal: boolean
  readonly warnings: readonly string[]
}

export interface Loaded {
  readonly definitions: readonly RuleDefinition[]
  readonly reports: readonly SourceReport[]
}

export interface Repository {
  /** Reads every source again. Never rejects. */
  load(): Promise<Loaded>
}

export function createRepository(locations: readonly string[]): Repository {
  const lastGood = new Map<string, readonly RuleDefinition[]>()
  return {
    load: async () => {
      const reports = await Promise.all(locations.map(location => loadOne(location, lastGood)))
      const definitions = locations.flatMap(location => lastGood.get(location) ?? [])
      return { definitions, reports }
    },
  }
}

async function loadOne(
  location: string,
  lastGood: Map<string, readonly RuleDefinition[]>,
): Promise<SourceReport> {
  const report = (changes: Partial<SourceReport>): SourceReport => ({
    location: shown(location),
    rules: lastGood.get(location)?.length ?? 0,
    fatal: false,
    warnings: [],
    ...changes,
  })
  const source = sourceOf(location)
  if (source.kind === 'source_problem') return report({ problem: source.message, fatal: true })
  const text = await read(source)
  if (text instanceof Error) return report({ problem: text.message })
  const document = parseDocument(text)
  if (document.kind === 'document_problem') {
    return report({ problem: document.message, fatal: source.fixed })
  }
  lastGood.set(location, document.rules)
  return report({ rules: document.rules.length, warnings: document.warnings })
}

async function read(source: Source): Promise<string | Error> {
  try {
    return await source.read()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** An inline document would fill the log. */
const shown = (location: string): string =>
  location.length > 120 ? `${location.slice(0, 117)}...` : location
