import { heimdall, oathkeeper } from './systems.ts'
import type { System } from './types.ts'

export interface Peer extends System {
  readonly path: string
}

const known: Readonly<Record<string, (path: string) => System>> = { heimdall, oathkeeper }

/** `name=path` entries, separated by spaces or commas. Throws on an unknown name. */
export const parsePeers = (texts: readonly string[]): Peer[] =>
  texts
    .flatMap(text => text.split(/[\s,]+/))
    .filter(Boolean)
    .map(parsePeer)

function parsePeer(entry: string): Peer {
  const [name = '', path = ''] = entry.split(/=(.*)/s)
  const create = known[name]
  if (create === undefined || path === '') {
    throw new Error(`no peer: ${entry}; known are ${Object.keys(known).join(', ')}, as name=path`)
  }
  return { ...create(path), path }
}
