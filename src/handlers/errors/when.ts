/**
 * `when`: which failures and requests an error handler takes. Conditions of the list are alternatives;
 * within one, every part that is given must hold. No list, or an empty one, takes everything.
 */
import type { BlockList } from 'node:net'
import { statusName } from '../../lib/http-status.ts'
import { contains, networksOf } from '../../lib/networks.ts'
import { type Failure, failureStatus } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'

export interface Condition {
  readonly error?: readonly string[]
  readonly request?: {
    readonly cidr?: readonly string[]
    readonly remote_ip?: {
      readonly match?: readonly string[]
      readonly respect_forwarded_for_header?: boolean
    }
    readonly header?: {
      readonly accept?: readonly string[]
      readonly content_type?: readonly string[]
    }
  }
}

export type When = (failure: Failure, request: AccessRequest) => boolean

/** Throws a TypeError that names a network that is none. */
export function compileWhen(conditions: readonly Condition[] | undefined): When {
  if (conditions === undefined || conditions.length === 0) return () => true
  const alternatives = conditions.map(compileCondition)
  return (failure, request) => alternatives.some(holds => holds(failure, request))
}

function compileCondition({ error = [], request = {} }: Condition): When {
  const parts: When[] = []
  const { cidr = [], remote_ip: remote = {}, header = {} } = request
  if (error.length > 0) parts.push(failure => error.some(name => isNamed(failure, name)))
  if (header.accept?.length) parts.push(takesType('accept', header.accept))
  if (header.content_type?.length) parts.push(takesType('content-type', header.content_type))
  if (cidr.length > 0) parts.push(fromNetwork(networksOf(cidr), true))
  if (remote.match?.length) {
    parts.push(fromNetwork(networksOf(remote.match), remote.respect_forwarded_for_header === true))
  }
  return (failure, request) => parts.every(holds => holds(failure, request))
}

/**
 * A 429 counts as an internal server error too, as in the original, and so does a decision that took too
 * long. A 503, which a token endpoint may cause, has no name here.
 */
function isNamed({ code }: Failure, name: string): boolean {
  const status = failureStatus[code]
  return statusName(status) === name || (name === 'internal_server_error' && isUnnamed(status))
}

const named = new Set([400, 401, 403, 404, 503])
const isUnnamed = (status: number): boolean => !named.has(status)

function takesType(headerName: 'accept' | 'content-type', wanted: readonly string[]): When {
  return (_, { headers }) => {
    const types = mediaTypes(headers.first(headerName), headerName === 'content-type')
    return types?.some(type => wanted.some(want => isOfType(type, want))) ?? false
  }
}

/** The media types of a header: absent means any bytes. A broken Content-Type is none at all. */
function mediaTypes(value: string | undefined, lowerCase: boolean): readonly string[] | undefined {
  if (!value) return ['application/octet-stream']
  const entries = value.split(',').map(entry => entry.trim())
  if (!lowerCase) return entries.map(withoutQuality)
  const types = entries.map(entry => (entry.split(';', 1)[0] ?? '').trim().toLowerCase())
  return types.every(type => /^[^\s/]+(?:\/[^\s/]+)?$/.test(type)) ? types : undefined
}

/** Of the parameters only `q` is dropped: `text/html; charset=x` is a type of its own here. */
function withoutQuality(entry: string): string {
  for (let at = entry.indexOf(';'); at >= 0; at = entry.indexOf(';', at + 1)) {
    if (isQuality(entry, at + 1)) return entry.slice(0, at).trimEnd()
  }
  return entry
}

/** A loop from semicolon to semicolon: an expression takes quadratic time on a long run of blanks. */
function isQuality(entry: string, from: number): boolean {
  let at = from
  while (at < entry.length && isBlank(entry[at])) at += 1
  return entry.startsWith('q=', at)
}

const isBlank = (character: string | undefined): boolean => /^\s$/.test(character ?? '')

function isOfType(type: string, want: string): boolean {
  if (want === '*/*' || want === type) return true
  // A type with parameters is of no family here, as in the original.
  return want.endsWith('/*') && type.startsWith(want.slice(0, -1)) && !type.includes(';')
}

const fromNetwork =
  (networks: BlockList, forwarded: boolean): When =>
  (_, { client }) => {
    const address = forwarded ? client.address : client.peer
    return address !== undefined && contains(networks, address)
  }
