/** What the configuration of a caller says about its checks, whatever the caller is. */
import type { Place } from '../lint/finding.ts'

export interface Fault {
  readonly message: string
  readonly at: Place
}

/** Names of headers; `test` gets lower case. */
export interface HeaderList {
  readonly test: (name: string) => boolean
  readonly at: Place
}

/** Names of headers that are neither set nor removed. */
export interface RefusedChanges extends HeaderList {
  /** The setting. */
  readonly key: string
  /** The caller denies the request in place of leaving the header as it is. */
  readonly isDenied: boolean
}

/** A route whose requests are not checked. */
export interface UncheckedRoute {
  readonly shown: string
  readonly at: Place
  readonly takes: (host: string, path: string) => boolean
  /** Headers that it removes from requests. */
  readonly removes: (name: string) => boolean
  /** Requests with a check go to the same upstream. */
  readonly sharesUpstream: boolean
  /** Names with an underscore pass, which servers take for those with a dash. */
  readonly passesUnderscores?: boolean
}

/** A route whose checks have no body. */
export type BodilessRoute = Pick<UncheckedRoute, 'shown' | 'at' | 'takes'>

export interface Caller {
  readonly protocol: 'grpc' | 'http'
  /** What is called what in messages. */
  readonly name: string
  readonly at: Place
  /** It says only what is not checked, or how paths are read. */
  readonly sendsNothing?: true
  readonly failOpen: readonly Fault[]
  readonly unnormalized: readonly Fault[]
  /** Escaped slashes reach Oarlock and the upstream as the client wrote them. */
  readonly keepsSlashes?: Place | undefined
  readonly unchecked: readonly UncheckedRoute[]
  /** Checks that are switched off for all requests. */
  readonly disabled: readonly Fault[]
  /** undefined: not known, or without end. */
  readonly timeout?: { readonly ms: number; readonly at: Place; readonly isDefault: boolean }
  /** What Oarlock sees; undefined: all headers. */
  readonly sends?: HeaderList | undefined
  /** What of Oarlock's answer replaces the client's header; undefined: everything that a rule sets. */
  readonly copies?: HeaderList | undefined
  /** A header that a rule removes reaches the upstream unless it is in the list: the caller reads no list of removals. */
  readonly removesOnlyListed?: true
  /** What of the answer of an allowed check reaches the client; undefined: everything, or not known. */
  readonly copiesToClient?: HeaderList | undefined
  /** Changes of Oarlock's answer that the caller does not make; undefined: none. */
  readonly refuses?: RefusedChanges | undefined
  /** Headers that come several times reach Oarlock as one value, with commas; undefined: each by itself, or not known. */
  readonly joins?: Place | undefined
  /** Bytes of the body that are sent, 0: none; undefined: not known. */
  readonly bodyBytes?: number | undefined
  readonly bodyAt?: Place
  readonly bodiless?: readonly BodilessRoute[]
  readonly retries: readonly Fault[]
}

/** What was found in a file; `notes` names what is not checked. */
export interface EdgeFile {
  readonly callers: readonly Caller[]
  readonly notes: readonly string[]
}
