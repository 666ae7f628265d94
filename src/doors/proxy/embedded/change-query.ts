/** Changes the query of a request inside a Node application. */
import type { QueryChanges } from '../../../model/decision.ts'
import { changedQuery } from '../target.ts'

/** What Express 4 has parsed before any middleware; Express 5 parses `url` whenever `query` is read. */
export interface ParsedQuery {
  url?: string | undefined
  originalUrl?: string
  query?: unknown
  readonly app?: { get?(setting: string): unknown }
}

/** Rewrites `url` and `originalUrl`. */
export function changeQuery(incoming: ParsedQuery, changes: QueryChanges): void {
  if (changes.set.size === 0 && changes.remove.length === 0) return
  incoming.url = changed(incoming.url ?? '', changes)
  if (incoming.originalUrl !== undefined) {
    incoming.originalUrl = changed(incoming.originalUrl, changes)
  }
  if (Object.hasOwn(incoming, 'query')) incoming.query = parsedAgain(incoming)
}

function changed(target: string, changes: QueryChanges): string {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  return path + changedQuery(mark < 0 ? undefined : target.slice(mark + 1), changes)
}

/** Without the application's parser there is no query, rather than that of the client. */
function parsedAgain({ url = '', app }: ParsedQuery): unknown {
  const parse = app?.get?.('query parser fn')
  const text = url.split('?').slice(1).join('?')
  return typeof parse === 'function' ? parse(text) : Object.create(null)
}
