import type { JsonObject } from '../../lib/json.ts'
import type { Path } from '../issue.ts'

/** Both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A file as read: its values, and the position of each key. */
export interface Source {
  readonly kind: 'source'
  readonly file: string
  readonly value: JsonObject
  /** The position of the value at the path, or of the nearest section around it; undefined when it is not in this file. */
  locate(path: Path): Position | undefined
}

/** Why a text is not a valid document. */
export interface SyntaxProblem {
  readonly kind: 'syntax_problem'
  readonly found: string
  readonly expected: string
  readonly position?: Position | undefined
  readonly isUnreadable?: true
}

/** The result of parsing a text in one format. */
export interface Parsed {
  readonly kind: 'parsed'
  readonly value: unknown
  readonly positions: Positions
}

/** By the key of the path. */
export type Positions = ReadonlyMap<string, Position>

export const positionKey = (path: Path): string => JSON.stringify(path.map(String))

export const syntaxProblem = (
  found: string,
  expected: string,
  position?: Position,
): SyntaxProblem => ({ kind: 'syntax_problem', found, expected, position })
