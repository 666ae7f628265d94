/** What a capsule keeps of a request. */
import { textOf } from '../lib/bytes.ts'
import { readWholeQuery } from '../lib/query.ts'
import type { AccessRequest, Client } from '../model/request.ts'
import type { CapsuleRequest } from './format.ts'
import type { Hiding } from './hiding.ts'
import { allHeaders } from './watched-map.ts'

export interface Kept {
  readonly hiding: Hiding
  /** As `watchRequest` reports it. */
  readonly reads: ReadonlySet<string>
  /** Parameters of the query that conditions of rules compare. */
  readonly parameters: ReadonlySet<string>
}

export function capsuleRequest(request: AccessRequest, kept: Kept): CapsuleRequest {
  const { pathEscapes, writtenPath, schemeFallback, rpc, body, raw } = request
  const { hiding, reads } = kept
  return {
    headers: headersOf(request, kept),
    query: queryOf(request, kept),
    client: clientOf(request.client, kept),
    ...(reads.has('context extensions') ? { context: contextOf(request, hiding) } : {}),
    ...(reads.has('filter metadata') ? metadataOf(request, hiding) : {}),
    path: textOf(withoutQuery(raw.target)),
    host: textOf(raw.host),
    ...(pathEscapes === undefined ? {} : { path_escapes: pathEscapes }),
    ...(writtenPath === undefined ? {} : { written_path: textOf(withoutQuery(writtenPath)) }),
    ...(schemeFallback === undefined ? {} : { scheme_fallback: schemeFallback }),
    ...(rpc === undefined ? {} : { rpc: textOf(rpc.url) }),
    ...(body === undefined ? {} : { body: true }),
  }
}

const withoutQuery = (target: string): string => target.split('?', 1)[0] ?? ''

function headersOf({ headers }: AccessRequest, { hiding, reads }: Kept): CapsuleRequest['headers'] {
  const isAll = reads.has(allHeaders)
  const all = new Map<string, string[]>()
  for (const [written, value] of headers.pairs) {
    const name = written.toLowerCase()
    const values = all.get(name)
    if (values === undefined) all.set(name, [value])
    else values.push(value)
  }
  const shown = [...all].map(([name, values]) => {
    const isRead = isAll || reads.has(`header ${name}`)
    return [textOf(name), isRead ? hiding.header(name, values) : null] as const
  })
  return Object.fromEntries(shown)
}

function queryOf({ query }: AccessRequest, { hiding, parameters }: Kept): CapsuleRequest['query'] {
  const read = readWholeQuery(query)
  if (read === undefined) return null
  return [...read].flatMap(([name, values]) =>
    values.map(value => {
      const shown = parameters.has(name) ? hiding.parameter(name, value) : null
      return [hiding.text(name) ?? '', shown] as const
    }),
  )
}

const members = ['address', 'peer', 'principal', 'certificate'] as const

function clientOf(client: Client, { hiding, reads }: Kept): CapsuleRequest['client'] {
  const known = members.filter(name => reads.has(`client ${name}`))
  const shown = new Map<string, string | null>()
  for (const name of known) {
    const value = client[name]
    const text = value === undefined ? null : hiding.text(value)
    if (value === undefined || text !== null) shown.set(name, text)
  }
  return Object.fromEntries(shown)
}

const contextOf = ({ context }: AccessRequest, { parameter }: Hiding) =>
  Object.fromEntries(
    [...context].map(([name, value]) => [textOf(name), parameter(name, value)] as const),
  )

/** Whole or not at all: nobody could tell what is missing. */
function metadataOf(
  { metadata }: AccessRequest,
  { json }: Hiding,
): Pick<CapsuleRequest, 'metadata'> {
  const { value, isWhole } = json(metadata)
  return isWhole ? { metadata: value } : {}
}
