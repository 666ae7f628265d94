/** One connection that tells every change from a version on. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../lib/json.ts'
import { createDeadline } from '../gather.ts'
import { timeout } from '../source-retry.ts'
import { type Failed, firstLine, jsonOf } from './api.ts'
import { type Asking, openCollection } from './collection.ts'
import { linesOf } from './lines.ts'
import { type Resource, readResource } from './resource.ts'

export type WatchEnd =
  /** It never began. */
  | Failed
  /** As connections do; the next one goes on where it was. */
  | { readonly kind: 'ended' }
  /** The server does not remember that version any more. */
  | { readonly kind: 'gone' }
  /** What it says cannot be relied on. */
  | { readonly kind: 'strange'; readonly message: string }

export interface Watcher {
  readonly opened: () => void
  readonly changed: (resource: Resource) => void
  readonly removed: (resource: Resource) => void
  /** Everything up to this version was told. Gives why no more can be taken. */
  readonly reached: (version: string) => string | undefined
}

/** Seconds that the server keeps it open: replicas do not come again together. */
const lifetime = (): number => Math.round(240 + Math.random() * 120)

export async function watchFrom(
  version: string,
  asking: Asking,
  watcher: Watcher,
): Promise<WatchEnd> {
  const { signal } = asking
  const seconds = lifetime()
  const whole = createDeadline(signal, seconds * 1000 + timeout)
  const first = createDeadline(signal, timeout)
  first.signal.addEventListener('abort', whole.abort)
  try {
    const opened = await openCollection(asking, {
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: version,
        timeoutSeconds: String(seconds),
      },
      signal: whole.signal,
    })
    first.end()
    if (opened.kind === 'failed') return opened.status === 410 ? { kind: 'gone' } : opened
    watcher.opened()
    for await (const line of linesOf(opened.body)) {
      const end = line === undefined ? strange('an event is too long') : take(line, watcher)
      if (end !== undefined) return end
    }
    return { kind: 'ended' }
  } catch (bug) {
    return strange(firstLine(`an event was not understood: ${String(bug)}`))
  } finally {
    first.end()
    whole.end()
  }
}

const strange = (message: string): WatchEnd => ({ kind: 'strange', message })

/** undefined: go on. */
function take(line: string, watcher: Watcher): WatchEnd | undefined {
  const event = jsonOf(line)
  const { type, object } = isJsonObject(event) ? event : ({} as JsonObject)
  if (!isJsonObject(object)) return strange('an event is garbage')
  if (type === 'ERROR') return endOf(object)
  const version = versionOf(object)
  if (version === undefined) return strange('an event has no version')
  const handed = type === 'BOOKMARK' ? undefined : hand(type, object, watcher)
  const problem = handed ?? watcher.reached(version)
  return problem === undefined ? undefined : strange(problem)
}

/** What is wrong with the event. */
function hand(
  type: JsonValue | undefined,
  object: JsonObject,
  { changed, removed }: Watcher,
): string | undefined {
  const resource = readResource(object)
  if (resource === undefined) return 'an event holds no rule'
  if (type === 'DELETED') removed(resource)
  else if (type === 'ADDED' || type === 'MODIFIED') changed(resource)
  else return 'an event of an unknown type'
  return undefined
}

const endOf = ({ code, message }: JsonObject): WatchEnd =>
  code === 410
    ? { kind: 'gone' }
    : strange(firstLine(`the watch ended with ${String(code)}: ${String(message)}`))

function versionOf({ metadata }: JsonObject): string | undefined {
  const version = isJsonObject(metadata) ? metadata['resourceVersion'] : undefined
  return typeof version === 'string' && version !== '' ? version : undefined
}
