/** The names that an expression can read. Nothing is computed that an expression does not read. */
import { bytesOf, textOf } from '../lib/bytes.ts'
import { type CertificateView, readCertificate } from '../lib/certificate.ts'
import { foldedName, spellingOf } from '../lib/header-name.ts'
import { type Parameters, readEveryReading } from '../lib/query.ts'
import { type HeaderMap, noHeaders } from '../model/headers.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Session } from '../model/session.ts'
import { type CelData, checkLength, mapOf, toCel } from './values.ts'

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

/** A type of CEL; `dyn`: it differs from request to request. */
export type ValueType =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'dyn'
  | 'google.protobuf.Duration'
  | 'google.protobuf.Timestamp'
  | 'int'
  | 'list'
  | 'map'
  | 'null_type'
  | 'string'
  | 'type'
  | 'uint'

export interface ValueShape {
  readonly kind: 'value'
  readonly type: ValueType
  /** undefined: absent. */
  readonly read: (input: Input) => CelData | undefined
}

/** Members with any name; undefined: not there. */
export interface MapShape {
  readonly kind: 'map'
  /** The type of each member. */
  readonly of: ValueType
  readonly get: (input: Input, name: string) => CelData | undefined
  /** All members, in one pass. */
  readonly all: (input: Input) => ReadonlyMap<string, CelData>
}

const value = (type: ValueType, read: ValueShape['read']): ValueShape => ({
  kind: 'value',
  type,
  read,
})
const text = (read: (input: Input) => string | undefined): ValueShape =>
  value('string', input => textOf(read(input) ?? ''))
const object = (
  members: ObjectShape['members'],
  isThere?: (input: Input) => boolean,
): ObjectShape => ({ kind: 'object', members, ...(isThere && { isThere }) })

const time = 'google.protobuf.Timestamp'

const requestMembers: ObjectShape['members'] = {
  method: text(input => input.request.method),
  scheme: text(input => input.request.scheme),
  host: text(input => input.request.host),
  path: text(input => input.request.path),
  query: {
    kind: 'map',
    of: 'list',
    get: (input, name) => parametersOf(input).get(bytesOf(name))?.map(textOf),
    all: input =>
      new Map([...parametersOf(input)].map(([name, values]) => [textOf(name), values.map(textOf)])),
  },
  headers: {
    kind: 'map',
    of: 'string',
    get: ({ request: { headers } }, name) => joined(headers.valuesWhere(spellingOf(bytesOf(name)))),
    all: ({ request: { headers } }) => withFolded(joinedLines(headers.canonical)),
  },
  time: value(time, ({ now, timestamp }) => timestamp(now)),
  size: value('int', input => sizeOf(input.request)),
}

/** The parsed body is read after the authenticators: error handlers may answer before. */
const request = object({
  ...requestMembers,
  body: value('dyn', ({ session: { matchContext }, isLooped }) => {
    const { body } = matchContext
    return body === undefined ? undefined : toCel(body, isLooped)
  }),
})

/** A query that cannot be decoded has no parameters that could be relied on. */
function parametersOf({ request: { query }, isLooped }: Input): Parameters {
  const parameters = readEveryReading(query)
  if (parameters === undefined) throw new Error('the query cannot be decoded')
  for (const values of parameters.values()) checkLength(values.length, isLooped)
  return parameters
}

const joined = (values: readonly string[]): string | undefined =>
  values.length === 0 ? undefined : textOf(values.join(','))

/** By lower-case name; several spellings of one name are several lines of it. */
function joinedLines(headers: HeaderMap): ReadonlyMap<string, string> {
  const all = new Map<string, string[]>()
  for (const [name, values] of headers) {
    const lower = textOf(name).toLowerCase()
    const known = all.get(lower)
    if (known === undefined) all.set(lower, [...values])
    else for (const value of values) known.push(value)
  }
  return new Map([...all].map(([name, values]) => [name, textOf(values.join(','))]))
}

/** Also by the folded name, under which a program may read the lines of all spellings. */
function withFolded(lines: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const folded = new Map<string, string>()
  for (const [name, value] of lines) {
    const form = foldedName(name)
    const before = folded.get(form)
    folded.set(form, before === undefined ? value : `${before},${value}`)
  }
  return new Map([...lines, ...folded])
}

/** Announced bytes of the body; -1: not known. */
function sizeOf({ headers }: AccessRequest): bigint {
  const length = headers.first('content-length')
  return length !== undefined && /^\d{1,15}$/.test(length) ? BigInt(length) : -1n
}

const session = object({
  subject: text(input => input.session.subject),
  extra: {
    kind: 'map',
    of: 'dyn',
    get: ({ session: { extra }, isLooped }, name) => {
      const key = bytesOf(name)
      return extra !== null && Object.hasOwn(extra, key)
        ? toCel(extra[key] ?? null, isLooped)
        : undefined
    },
    all: ({ session: { extra }, isLooped }) => mapOf(extra ?? {}, isLooped),
  },
  headers: {
    kind: 'map',
    of: 'string',
    get: ({ session: { headers } }, name) => joinedLines(headers ?? noHeaders).get(name),
    all: ({ session: { headers } }) => joinedLines(headers ?? noHeaders),
  },
})

const match = object({
  named: textMap(input => input.session.matchContext.namedCaptures),
  captures: value('list', input => input.session.matchContext.regexpCaptureGroups.map(textOf)),
  rule: text(input => input.session.matchContext.rule),
})

function textMap(read: (input: Input) => ReadonlyMap<string, string>): MapShape {
  return {
    kind: 'map',
    of: 'string',
    get: (input, name) => {
      const found = read(input).get(bytesOf(name))
      return found === undefined ? undefined : textOf(found)
    },
    all: input => new Map([...read(input)].map(([name, found]) => [textOf(name), textOf(found)])),
  }
}

const certificate = (
  type: ValueType,
  read: (from: CertificateView, input: Input) => CelData,
): ValueShape =>
  value(type, input => read(readCertificate(input.request.client.certificate), input))

const client = object({
  address: text(input => input.request.client.address),
  principal: text(input => input.request.client.principal),
  certificate: object(
    {
      subject: certificate('string', one => one.subject),
      issuer: certificate('string', one => one.issuer),
      dns: certificate('list', one => one.dns),
      uris: certificate('list', one => one.uris),
      spiffe: certificate('string', one => one.spiffe),
      fingerprint: certificate('string', one => one.fingerprint),
      not_after: certificate(time, ({ notAfter }, { timestamp }) => timestamp(notAfter)),
    },
    ({ request: { client: caller } }) => caller.certificate !== undefined,
  ),
})

const metadata: MapShape = {
  kind: 'map',
  of: 'dyn',
  get: ({ request: asked, isLooped }, name) => {
    const key = bytesOf(name)
    return Object.hasOwn(asked.metadata, key)
      ? toCel(asked.metadata[key] ?? null, isLooped)
      : undefined
  },
  all: ({ request: asked, isLooped }) => mapOf(asked.metadata, isLooped),
}

const error = object({
  code: text(input => input.error?.code),
  status: value('int', input => BigInt(input.error?.status ?? 0)),
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
export const errorEnvironment: ObjectShape = object({
  ...names,
  request: object(requestMembers),
  error,
})
