import { createYielder } from '../../lib/yield-to-event-loop.ts'
import { type DocumentState, readDocument } from './document-state.ts'
import type { Reading, Source, SourceDocument } from './sources/contract.ts'

/** A source as last read. Immutable: each reading returns a new state. */
export interface SourceState {
  readonly source: Source
  readonly documents: readonly DocumentState[]
  readonly version: string | undefined
  /** Warnings about the source itself. */
  readonly warnings: readonly string[]
  /** True once all of it was read successfully. */
  readonly loaded: boolean
  /** Its content could not be got this time, in contrast to content that is not valid. */
  readonly isUnavailable: boolean
  /** Why it could not be read this time; its earlier rules stay in use. */
  readonly problem: string | undefined
}

export const unread = (source: Source): SourceState => ({
  source,
  documents: [],
  version: undefined,
  warnings: [],
  loaded: false,
  isUnavailable: false,
  problem: undefined,
})

/** Never rejects. */
export async function readSource(
  state: SourceState,
  reading: Omit<Reading, 'version'>,
): Promise<SourceState> {
  const read = await state.source.read({ ...reading, version: state.version })
  if (read.kind === 'unavailable') return { ...state, isUnavailable: true, problem: read.message }
  if (read.kind === 'unchanged') return withProblem(state, problemOf(state.documents))
  const documents = await readDocuments(read.documents, state.documents)
  const problem = problemOf(documents)
  const loaded = state.loaded || problem === undefined
  const { version, warnings = [] } = read
  return {
    source: state.source,
    documents,
    version,
    warnings,
    loaded,
    isUnavailable: false,
    problem,
  }
}

const withProblem = (state: SourceState, problem: string | undefined): SourceState => ({
  ...state,
  isUnavailable: false,
  problem,
})

/** Reads one document after the other and yields in between: a folder or a cluster may have thousands. */
async function readDocuments(
  documents: readonly SourceDocument[],
  earlier: readonly DocumentState[],
): Promise<readonly DocumentState[]> {
  const known = new Map(earlier.map(state => [state.name, state]))
  const states: DocumentState[] = []
  const yieldIfLong = createYielder()
  for (const document of documents) {
    states.push(await readDocument(document, known.get(document.name)))
    await yieldIfLong()
  }
  return states
}

function problemOf(documents: readonly DocumentState[]): string | undefined {
  const problems = documents.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [name === '' ? problem : `${name}: ${problem}`],
  )
  return problems.length === 0 ? undefined : problems.join('; ')
}
