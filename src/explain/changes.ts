/** Says how a request became the one that rules are matched with. */
import { textOf } from '../lib/bytes.ts'
import type { AccessRequest } from '../model/request.ts'
import type { AskedRequest } from './asked.ts'

/** A sentence for each part that differs. */
export function changesOf(asked: AskedRequest, matched: AccessRequest): readonly string[] {
  const path = asked.target.replace(/\?.*$/s, '')
  const sent = [
    ['method', asked.method, matched.method],
    ['scheme', asked.scheme, matched.scheme],
    ['host', asked.host, matched.host],
    ['path', path, matched.path],
    ['client address', asked.address, matched.client.address ?? ''],
  ] as const
  return sent.flatMap(([part, from, to]) => {
    const was = textOf(from)
    const is = textOf(to)
    if (was === is) return []
    const reason = isForwarded(part, matched) ? ' (from a forwarded header)' : why(part)
    return [`the ${part} ${quoted(was)} is matched as ${quoted(is)}${reason}`]
  })
}

const sources: Readonly<Record<string, readonly string[]>> = {
  method: ['x-forwarded-method'],
  scheme: ['x-forwarded-proto'],
  host: ['x-forwarded-host'],
  path: ['x-forwarded-uri'],
}

/** Only the decision API and the proxy read such headers. */
const isForwarded = (part: string, { door, headers }: AccessRequest): boolean =>
  door !== 'grpc' && (sources[part] ?? []).some(name => headers.first(name) !== undefined)

const quoted = (text: string): string => JSON.stringify(text)

const reasons: Readonly<Record<string, string>> = {
  host: ' (lower case, without a final dot)',
  path: ' (decoded once, without dot segments, empty segments and final slashes)',
  'client address': ' (from X-Forwarded-For)',
}

const why = (part: string): string => reasons[part] ?? ''
