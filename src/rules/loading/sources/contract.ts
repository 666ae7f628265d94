import type { Signal } from '../../../lib/signal.ts'
import type { RuleDefinition } from '../../definition.ts'

export { withoutSecrets } from '../../../lib/location.ts'

/** One document of a source, as its bytes. */
export interface SourceDocument {
  /** Distinguishes the documents of one source; empty when there is only one. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Of a file of this machine. */
  readonly path?: string
  /** Set when a document is a single rule: if its bytes are not valid, this rule denies in its place. */
  readonly standIn?: StandIn
}

/** What is known of a rule that cannot be read. */
export interface StandIn {
  readonly id: string
  readonly match: RuleDefinition['match']
  /** What is wrong with it, if that is known before its bytes are read. */
  readonly problem?: string
}

export interface Reading {
  /** The version of the content from the last reading, if it had one. */
  readonly version: string | undefined
  /** Whether to retry for some seconds before failing. */
  readonly retry: boolean
  readonly signal: Signal
}

/** Why a source cannot be read. */
export interface Unavailable {
  readonly kind: 'unavailable'
  readonly message: string
}

export type SourceRead =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'documents'
      readonly documents: readonly SourceDocument[]
      readonly version?: string | undefined
      /** Warnings about the source itself. */
      readonly warnings?: readonly string[]
    }
  | Unavailable

/** A place from which rules are read. */
export interface Source {
  /** The location as configured. */
  readonly location: string
  /** The location without secrets, shortened for logs. */
  readonly shown: string
  /**
   * `file`: a file of this machine, which may appear later. `remote`: another machine. `fixed`: the rules are in the
   * configuration itself, so a problem does not go away without a new configuration.
   */
  readonly reach: 'file' | 'remote' | 'fixed'
  /** Never rejects. */
  read(reading: Reading): Promise<SourceRead>
  /** Calls back when the source may have changed, until the returned function is called. A source without it has to be polled. */
  readonly watch?: (onChange: () => void) => () => void
  /** Receives the problems of the rules in force, by rule id, so that the source can report them to the authors. */
  readonly reportProblems?: (problems: ReadonlyMap<string, string>) => void
}

/** The largest document, in bytes. */
export const mostBytes = 64 * 2 ** 20

export const unavailable = (message: string): Unavailable => ({ kind: 'unavailable', message })
