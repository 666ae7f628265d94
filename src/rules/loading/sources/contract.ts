import type { Signal } from '../../../lib/signal.ts'
import type { RuleDefinition } from '../../definition.ts'

export { withoutSecrets } from '../../../lib/location.ts'

/** One document of a source, as its bytes. */
export interface SourceDocument {
  /** Tells documents of one source apart; empty where there is only one. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Set where a document is one rule: bytes that are none become this rule, which is denied. */
  readonly standIn?: StandIn
}

/** As much as is known of a rule that cannot be read. */
export interface StandIn {
  readonly id: string
  readonly match: RuleDefinition['match']
  /** What is wrong with it, when that is known before its bytes are read. */
  readonly problem?: string
}

export interface Reading {
  /** Of what was kept at the last reading, if it had one. */
  readonly version: string | undefined
  /** Whether to try again for some seconds before giving up. */
  readonly patient: boolean
  readonly signal: Signal
}

/** Why it cannot be read. */
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
      /** What is odd about the source itself. */
      readonly warnings?: readonly string[]
    }
  | Unavailable

/** A place that rules come from. */
export interface Source {
  /** As configured. */
  readonly location: string
  /** Without what must not be in a log, and short. */
  readonly shown: string
  /**
   * `file`: of this machine, may come later. `remote`: of another one. `fixed`: it stands in the
   * configuration, so what is wrong with it cannot mend itself.
   */
  readonly reach: 'file' | 'remote' | 'fixed'
  /** Never rejects. */
  read(reading: Reading): Promise<SourceRead>
  /** Tells when it may have changed, until the returned function is called; a source without it has to be asked. */
  readonly watch?: (onChange: () => void) => () => void
  /** Told what is wrong with rules in force, by their ids, so that it can tell those who wrote them. */
  readonly judge?: (problems: ReadonlyMap<string, string>) => void
}

/** The largest document, in bytes. */
export const mostBytes = 64 * 2 ** 20

export const unavailable = (message: string): Unavailable => ({ kind: 'unavailable', message })
