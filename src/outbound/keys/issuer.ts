/** An issuer that describes itself: its metadata, and the keys that they name. Both are fetched and kept as key sets are. */
import { waitFor } from '../timing.ts'
import type { Issuer, KeyRing, KeySetState, VerificationKey, Waiting } from './contract.ts'
import type { KeySet, KeySetOptions } from './key-set.ts'
import { type IssuerMetadata, issuersOf, type MetadataLocation, parseMetadata } from './metadata.ts'
import { createRefreshed, type Refreshed } from './refreshed.ts'
import type { TokenMemory } from './token-memory.ts'

export interface IssuerOptions extends KeySetOptions {
  readonly location: MetadataLocation
  /** A key set of this issuer alone. */
  readonly createKeySet: (location: string) => KeySet
  /** A memory that shares no token with any before. */
  readonly createMemory: () => TokenMemory
  /** A location for metrics, without credentials. */
  readonly show: (location: string) => string
}

export interface OwnedIssuer extends Issuer {
  states(): readonly KeySetState[]
  close(): void
}

/** The document that is used, and what was opened for it. */
interface Current extends IssuerMetadata {
  /** undefined: it names no keys. */
  readonly keys: KeySet | undefined
  readonly memory: TokenMemory
}

/** Throws an Error when the location does not tell the issuer. */
export function createIssuer(options: IssuerOptions): OwnedIssuer {
  const { location, maxWait, show } = options
  const issuers = issuersOf(location)
  let held: Current | undefined
  let isClosed = false

  async function parse(text: string): Promise<Current | string> {
    const metadata = parseMetadata(text, { url: location.url, issuers })
    if (typeof metadata === 'string') return metadata
    const next = await open(metadata)
    if (typeof next !== 'string') held = next
    return next
  }

  async function open(metadata: IssuerMetadata): Promise<Current | string> {
    const { jwksUri } = metadata
    if (held !== undefined && held.jwksUri === jwksUri) return { ...held, ...metadata }
    const keys = jwksUri === undefined ? undefined : options.createKeySet(jwksUri)
    // The keys before are used until those of the new location are there.
    const isUsable = held?.keys === undefined || keys === undefined || (await keys.load())
    if (!isUsable || isClosed) {
      keys?.close()
      return `the keys at its new jwks_uri ${show(jwksUri ?? '')} cannot be read`
    }
    held?.keys?.close()
    return { ...metadata, keys, memory: options.createMemory() }
  }

  const metadata = createRefreshed({ ...options, parse, fetchTimeout: maxWait })
  return {
    ring: ringOf(metadata, maxWait),
    current: metadata.current,
    find: waiting => metadata.current() ?? fetchIn(metadata, maxWait, waiting),
    states: () => [
      { location: show(location.url), age: metadata.age(), failing: metadata.failing() },
      ...(held?.keys ? [{ location: show(held.jwksUri ?? ''), ...held.keys.state() }] : []),
    ],
    close: () => {
      isClosed = true
      metadata.close()
      held?.keys?.close()
    },
  }
}

/** Waits for a document. undefined: none may be fetched now. */
const fetchIn = (
  metadata: Refreshed<Current>,
  maxWait: number,
  { signal }: Waiting,
): Promise<Current | undefined> | undefined => {
  const work = metadata.fetch()
  return work && waitFor(work, maxWait, signal).then(metadata.current)
}

const none: readonly VerificationKey[] = []

function ringOf(metadata: Refreshed<Current>, maxWait: number): KeyRing {
  const findIn = (current: Current | undefined, kid: string, waiting: Waiting) => {
    const keys = current?.keys
    const known = keys?.keys(kid)
    if (known?.length) return known
    return keys?.fetchMissing(kid, waiting)?.then(() => keys.keys(kid) ?? none) ?? none
  }
  return {
    find: (kid, waiting) => {
      const current = metadata.current()
      if (current !== undefined) return findIn(current, kid, waiting)
      const work = fetchIn(metadata, maxWait, waiting)
      return work?.then(fetched => findIn(fetched, kid, waiting)) ?? none
    },
    findMore: () => undefined,
    isComplete: kid => metadata.current()?.keys?.keys(kid) !== undefined,
    recall: token => metadata.current()?.memory.recall(token),
    remember: (token, verified) => metadata.current()?.memory.remember(token, verified),
  }
}
