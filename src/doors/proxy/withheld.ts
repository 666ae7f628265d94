import type { Allow } from '../../model/decision.ts'

/** What a trailer must not say, by its name in lower case: an upstream may take trailers for headers. */
export function withheldBy({ session, changes }: Allow): (name: string) => boolean {
  const names = [...(session.headers?.keys() ?? []), ...changes.remove]
  const owned = new Set(names.map(name => name.toLowerCase().replaceAll('_', '-')))
  return name => {
    const dashed = name.replaceAll('_', '-')
    return owned.has(dashed) || dashed.startsWith('x-forwarded') || neverTrailing.has(dashed)
  }
}

const neverTrailing = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'forwarded',
  'host',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
