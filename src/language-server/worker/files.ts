/** The files of a check: their ranges, which are made when they are needed, and the notes about them. */
import { resolve } from 'node:path'
import { readText } from '../../insight/lint/places.ts'
import { createRanges, type Ranges } from '../text/ranges.ts'
import type { FileNotes, Note } from './messages.ts'
import type { RangeOf } from './notes.ts'

/** Relative paths begin in the working folder. */
export interface Files {
  readonly rangesOf: (path: string) => Promise<Ranges>
  readonly rangeOf: RangeOf
  readonly add: (path: string, note: Note) => void
  /** Of these files, also of those without notes. */
  readonly notes: (paths: Iterable<string>) => readonly FileNotes[]
}

/** Notes of one file; a hostile one could have millions. */
const mostNotes = 1000

export function createFiles(): Files {
  const ranges = new Map<string, Promise<Ranges>>()
  const notes = new Map<string, Note[]>()
  const rangesOf = (named: string): Promise<Ranges> => {
    const path = resolve(named)
    const known = ranges.get(path) ?? readText(path).then(createRanges)
    ranges.set(path, known)
    return known
  }
  return {
    rangesOf,
    rangeOf: async ({ file, line, column }) => {
      const path = resolve(file)
      return { path, range: (await rangesOf(path)).at({ line, column }, 'value') }
    },
    add: (named, note) => {
      const path = resolve(named)
      const before = notes.get(path) ?? []
      if (before.length < mostNotes) before.push(note)
      notes.set(path, before)
    },
    notes: paths =>
      [...new Set(paths)].map(path => ({ path, notes: withoutRepeats(notes.get(path) ?? []) })),
  }
}

const withoutRepeats = (notes: readonly Note[]): readonly Note[] => [
  ...new Map(
    notes.map(note => [JSON.stringify([note.diagnostic.range, note.diagnostic.message]), note]),
  ).values(),
]
