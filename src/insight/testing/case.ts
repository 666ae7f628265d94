/** One request with what is expected of it: a test, or a row of its table, with everything that it inherits. */
import type { JsonObject, JsonValue } from '../../lib/json.ts'

export const testDoors = ['engine', 'grpc', 'decisions', 'proxy'] as const
export type TestDoor = (typeof testDoors)[number]

export interface Expectation {
  readonly allow?: string
  readonly deny?: number
  readonly code?: string
  readonly headers?: Readonly<Record<string, string | null>>
  readonly headers_exactly?: Readonly<Record<string, string>>
  readonly removed?: readonly string[]
  readonly response_headers?: Readonly<Record<string, string | null>>
  readonly location?: string
  readonly body?: JsonValue
}

export interface RequestParts {
  readonly method?: string
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly client?: string
  readonly context?: Readonly<Record<string, string>>
}

export interface Case {
  readonly name: string
  readonly file: string
  readonly line: number | undefined
  readonly request: RequestParts
  readonly expect: Expectation
  /** Claims of the token that is sent; undefined: none. */
  readonly claims: JsonObject | undefined
  readonly doors: readonly TestDoor[]
  /** Milliseconds since the epoch; undefined: the time of the run. */
  readonly now: number | undefined
  /** Answers to calls, as written. */
  readonly stubs: JsonObject
  /** Who is asking, for `--filter`. */
  readonly subject: string
  /** Why it is not run. */
  readonly skip?: string
  readonly only: boolean
}

/** A file of tests, ready to run. */
export interface TestFile {
  readonly file: string
  /** Paths of configuration files. */
  readonly config: readonly string[]
  readonly cases: readonly Case[]
}
