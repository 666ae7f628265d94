/** Where rules and keys are written. Reads and parses the text of a file again, once, when a place in it is needed. */
import { relative, resolve } from 'node:path'
import { positionsIn } from '../../config/files/json.ts'
import { type Position, type Positions, positionKey } from '../../config/files/source.ts'
import type { LoadedConfig } from '../../config/load.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import type { LocatedRule } from '../../rules/loading/repository.ts'
import { mostBytes } from '../../rules/loading/sources/contract.ts'
import type { Place } from './finding.ts'
import type { Path } from './linted.ts'
import { readBounded, readIfPossible } from './read-bounded.ts'

export interface Places {
  /** Of the member, or of what is around it. */
  readonly ofRule: (located: LocatedRule, path: Path) => Promise<Place | null>
  readonly ofKey: (path: Path) => Place | null
}

export interface PlacesOptions {
  readonly loaded: LoadedConfig
  /** The configuration files, in order. */
  readonly files: readonly string[]
}

export function createPlaces({ loaded, files }: PlacesOptions): Places {
  const known = new Map<string, Promise<Positions>>()
  const positions = (path: string): Promise<Positions> => {
    const before = known.get(path) ?? readPositions(path)
    known.set(path, before)
    return before
  }
  const ofKey = (path: Path): Place | null => keyPlace(loaded, path) ?? topOf(files)
  return {
    ofKey,
    ofRule: async (located, path) => {
      if (located.path === undefined) return ofKey(repositoryOf(loaded, located))
      const found = nearest(await positions(located.path), [located.index, ...path])
      return { file: shownPath(located.path), ...found }
    },
  }
}

/** As reports show it. */
export const shownPath = (path: string): string =>
  withoutControls(relative(process.cwd(), resolve(path)) || path)

const topOf = ([first]: readonly string[]): Place | null =>
  first === undefined ? null : { file: shownPath(first), line: 1, column: 1 }

/** Documents of other machines are named by the key that names them. */
function repositoryOf({ config }: LoadedConfig, { location }: LocatedRule): Path {
  return ['access_rules', 'repositories', config.access_rules.repositories.indexOf(location)]
}

function keyPlace({ originOf }: LoadedConfig, path: Path): Place | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const origin = originOf(path.slice(0, length))
    if (origin.kind === 'file') {
      const { file, line = 1, column = 1 } = origin
      return { file: shownPath(file), line, column }
    }
  }
  return undefined
}

function nearest(positions: Positions, path: Path): Position {
  for (let length = path.length; length > 0; length -= 1) {
    const found = positions.get(positionKey(path.slice(0, length)))
    if (found !== undefined) return { line: found.line, column: found.column }
  }
  return { line: 1, column: 1 }
}

const readPositions = async (path: string): Promise<Positions> => positionsIn(await readText(path))

/** Empty when it cannot be read or is larger than a rule document may be. */
export const readText = (path: string): Promise<string> => readBounded(path, mostBytes)

/** undefined when it cannot be read or is too large. */
export const readGivenText = (path: string): Promise<string | undefined> =>
  readIfPossible(path, mostBytes)
