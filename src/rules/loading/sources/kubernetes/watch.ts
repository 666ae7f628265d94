/** One connection that reports every change since a version. */
import { isUtf8 } from 'node:buffer'
import { isJsonObject, type JsonObject, type JsonValue, tryJson } from '../../../../lib/json.ts'
import { createDeadline } from '../gather.ts'
import { timeout } from '../source-retry.ts'
import { type Failed, firstLine } from './api.ts'
import { type Asking, openCollection } from './collection.ts'
import type { ResourceKind } from './kind.ts'
import { linesOf } from './lines.ts'
import { type Resource, readResource } from './resource.ts'

export type WatchEnd =
  /** The watch could not be opened. */
  | Failed
  /** The connection ended normally; the next one continues from the last version. */
  | { readonly kind: 'ended' }
  /** The server no longer has that version. */
  | { readonly kind: 'gone' }
  /** The server sent something that is not valid. */
  | { readonly kind: 'invalid'; readonly message: string }

export interface Watcher {
  readonly opened: () => void
  readonly changed: (resource: Resource) => void
  readonly removed: (resource: Resource) => void
  /** Called when everything up to this version was reported. Returns the reason when the store is full. */
  readonly reached: (version: string) => string | undefined
}

/** Seconds that the server keeps the connection open; random, so that replicas do not reconnect at the same time. */
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
      const end =
        line === undefined
          ? invalid('an event is too long')
          : handleEvent(line, asking.kind, watcher)
      if (end !== undefined) return end
    }
    return { kind: 'ended' }
  } catch (bug) {
    return invalid(firstLine(`an event was not understood: ${String(bug)}`))
  } finally {
    first.end()
    whole.end()
  }
}

const invalid = (message: string): WatchEnd => ({ kind: 'invalid', message })

/** undefined: continue. */
function handleEvent(line: Buffer, kind: ResourceKind, watcher: Watcher): WatchEnd | undefined {
  if (!isUtf8(line)) return invalid('found bytes that are not UTF-8, expected UTF-8')
  const event = tryJson(line.toString(), JSON.parse)
  const { type, object } = isJsonObject(event) ? event : ({} as JsonObject)
  if (!isJsonObject(object)) return invalid('an event is not a JSON object')
  if (type === 'ERROR') return endOf(object)
  const version = versionOf(object)
  if (version === undefined) return invalid('an event has no version')
  const resource = type === 'BOOKMARK' ? undefined : readResource(object, kind)
  const rejected = type === 'BOOKMARK' ? undefined : applyEvent(type, resource, watcher)
  const problem = rejected ?? watcher.reached(version)
  return problem === undefined ? undefined : invalid(problem)
}

/** Returns what is wrong with the event. */
function applyEvent(
  type: JsonValue | undefined,
  resource: Resource | undefined,
  { changed, removed }: Watcher,
): string | undefined {
  if (resource === undefined) return 'an event contains no rule'
  if (type === 'DELETED') removed(resource)
  else if (type === 'ADDED' || type === 'MODIFIED') changed(resource)
  else return 'an event has an unknown type'
  return undefined
}

const endOf = ({ code, message }: JsonObject): WatchEnd =>
  code === 410
    ? { kind: 'gone' }
    : invalid(firstLine(`the watch ended with ${String(code)}: ${String(message)}`))

function versionOf({ metadata }: JsonObject): string | undefined {
  const version = isJsonObject(metadata) ? metadata['resourceVersion'] : undefined
  return typeof version === 'string' && version !== '' ? version : undefined
}
