/** The names that an expression can read. Nothing is computed that an expression does not read. */
import { bytesOf, textOf } from '../lib/bytes.ts'
import { readWholeQuery } from '../lib/query.ts'
import type { HeaderMap, Headers } from '../model/headers.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Session } from '../model/session.ts'
import { type CertificateView, readCertificate } from './certificate.ts'
import { type CelData, toCel } from './values.ts'

/** What an expression is evaluated for. */
export interface Input {
  readonly session: Session
  readonly request: AccessRequest
  /** Milliseconds since the epoch. */
  readonly now: number
  /** What the error handlers answer. */
  readonly error?: { readonly code: string; readonly status: number } | undefined
  /** The expression has a loop. */
  readonly isLooped: boolean
  /** Makes a timestamp of CEL from milliseconds since the epoch. */
  readonly timestamp: (milliseconds: number) => object
}

export type Shape = ObjectShape | ValueShape | MapShape

/** Members that are known by name. */
export interface ObjectShape {
  readonly kind: 'object'
  readonly members: Readonly<Record<string, Shape>>
  /** False: the whole object is absent. */
  readonly isThere?: (input: Input) => boolean
}

export interface ValueShape {
  readonly kind: 'value'
  readonly read: (input: Input) => CelData
}

/** Members with any name; undefined: not there. */
export interface MapShape {
  readonly kind: 'map'
  readonly get: (input: Input, name: string) => CelData | undefined
  readonly names: (input: Input) => Iterable<string>
}

const value = (read: ValueShape['read']): ValueShape => ({ kind: 'value', read })
const text = (read: (input: Input) => string | undefined): ValueShape =>
  value(input => textOf(read(input) ?? ''))
const object = (
  members: ObjectShape['members'],
  isThere?: (input: Input) => boolean,
): ObjectShape => ({ kind: 'object', members, ...(isThere && { isThere }) })

const noNames: readonly string[] = []

const request = object({
  method: text(input => input.request.method),
  scheme: text(input => input.request.scheme),
  host: text(input => input.request.host),
  path: text(input => input.request.path),
  query: {
    kind: 'map',
    get: (input, name) => parametersOf(input).get(bytesOf(name))?.map(textOf),
    names: input => [...parametersOf(input).keys()].map(textOf),
  },
  headers: {
    kind: 'map',
    get: ({ request: { headers } }, name) => joined(headers.all(bytesOf(name))),
    names: ({ request: { headers } }) => lowerNames(headers),
  },
  time: value(({ now, timestamp }) => timestamp(now)),
  size: value(input => sizeOf(input.request)),
})

/** A query that cannot be decoded has no parameters that could be relied on. */
function parametersOf({ request: { query } }: Input): ReadonlyMap<string, readonly string[]> {
  const parameters = readWholeQuery(query)
  if (parameters === undefined) throw new Error('the query cannot be decoded')
  return parameters
}

const joined = (values: readonly string[]): string | undefined =>
  values.length === 0 ? undefined : textOf(values.join(','))

const lowerNames = ({ pairs }: Headers): readonly string[] => [
  ...new Set(pairs.map(([name]) => textOf(name).toLowerCase())),
]

/** Announced bytes of the body; -1: not known. */
function sizeOf({ headers }: AccessRequest): bigint {
  const length = headers.first('content-length')
  return length !== undefined && /^\d{1,15}$/.test(length) ? BigInt(length) : -1n
}

const session = object({
  subject: text(input => input.session.subject),
  extra: {
    kind: 'map',
    get: ({ session: { extra }, isLooped }, name) => {
      const key = bytesOf(name)
      return extra !== null && Object.hasOwn(extra, key)
        ? toCel(extra[key] ?? null, isLooped)
        : undefined
    },
    names: ({ session: { extra } }) => Object.keys(extra ?? {}).map(textOf),
  },
  headers: {
    kind: 'map',
    get: (input, name) => valuesIn(input.session.headers, name),
    names: ({ session: { headers } }) =>
      headers === null ? noNames : [...headers.keys()].map(one => textOf(one).toLowerCase()),
  },
})

function valuesIn(headers: HeaderMap | null, name: string): string | undefined {
  for (const [own, values] of headers ?? []) {
    if (textOf(own).toLowerCase() === name) return joined(values)
  }
  return undefined
}

const match = object({
  named: textMap(input => input.session.matchContext.namedCaptures),
  captures: value(input => input.session.matchContext.regexpCaptureGroups.map(textOf)),
  rule: text(input => input.session.matchContext.rule),
})

function textMap(read: (input: Input) => ReadonlyMap<string, string>): MapShape {
  return {
    kind: 'map',
    get: (input, name) => {
      const found = read(input).get(bytesOf(name))
      return found === undefined ? undefined : textOf(found)
    },
    names: input => [...read(input).keys()].map(textOf),
  }
}

const certificate = (read: (from: CertificateView, input: Input) => CelData): ValueShape =>
  value(input => read(readCertificate(input.request.client.certificate), input))

const client = object({
  address: text(input => input.request.client.address),
  principal: text(input => input.request.client.principal),
  certificate: object(
    {
      subject: certificate(one => one.subject),
      issuer: certificate(one => one.issuer),
      dns: certificate(one => one.dns),
      uris: certificate(one => one.uris),
      spiffe: certificate(one => one.spiffe),
      fingerprint: certificate(one => one.fingerprint),
      not_after: certificate(({ notAfter }, { timestamp }) => timestamp(notAfter)),
    },
    ({ request: { client: caller } }) => caller.certificate !== undefined,
  ),
})

const metadata: MapShape = {
  kind: 'map',
  get: ({ request: asked, isLooped }, name) => {
    const key = bytesOf(name)
    return Object.hasOwn(asked.metadata, key)
      ? toCel(asked.metadata[key] ?? null, isLooped)
      : undefined
  },
  names: ({ request: asked }) => Object.keys(asked.metadata).map(textOf),
}

const error = object({
  code: text(input => input.error?.code),
  status: value(input => BigInt(input.error?.status ?? 0)),
})

const names = {
  request,
  session,
  match,
  client,
  context: textMap(i => i.request.context),
  metadata,
}

/** What authorizers and mutators can read. */
export const stepEnvironment: ObjectShape = object(names)

/** What error handlers can read. */
export const errorEnvironment: ObjectShape = object({ ...names, error })
