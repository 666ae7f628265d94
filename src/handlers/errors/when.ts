/**
 * `when`: which failures and requests an error handler answers. The conditions of the list are alternatives;
 * within one condition every given part must hold. No list, or an empty one, answers everything.
 */
import type { BlockList } from 'node:net'
import { statusName } from '../../lib/http-status.ts'
import { contains, networksOf } from '../../lib/networks.ts'
import { type Failure, failureStatus } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import { acceptedTypes } from './accept.ts'

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

/** Throws a TypeError that names a network that is not valid. */
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
 * As in Oathkeeper, a 429 also counts as an internal server error; so does a decision that took too long.
 * A 503, which a token endpoint may cause, has no name here.
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

/** The media types of a header; an absent header counts as `application/octet-stream`. undefined for a Content-Type that is not valid. */
function mediaTypes(value: string | undefined, lowerCase: boolean): readonly string[] | undefined {
  if (!value) return ['application/octet-stream']
  if (!lowerCase) return acceptedTypes(value)
  const entries = value.split(',').map(entry => entry.trim())
  const types = entries.map(entry => (entry.split(';', 1)[0] ?? '').trim().toLowerCase())
  return types.every(type => /^[^\s/]+(?:\/[^\s/]+)?$/.test(type)) ? types : undefined
}

function isOfType(type: string, want: string): boolean {
  if (want === '*/*' || want === type) return true
  return want.endsWith('/*') && type.startsWith(want.slice(0, -1))
}

const fromNetwork =
  (networks: BlockList, forwarded: boolean): When =>
  (_, { client }) => {
    const address = forwarded ? client.address : client.peer
    return address !== undefined && contains(networks, address)
  }
