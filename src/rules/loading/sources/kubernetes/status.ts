/**
 * Writes into the status of each resource whether its rule is valid, as oathkeeper-maester does. It writes only what
 * differs, a few per second, and each validation once, so that replicas that disagree do not overwrite each other forever.
 */
import { afterUnrefTimer, pause } from '../../../../outbound/timing.ts'
import { createDeadline, gather } from '../gather.ts'
import { timeout } from '../source-retry.ts'
import { type Failed, failed, reasonOf } from './api.ts'
import type { Asking } from './collection.ts'
import type { Validation } from './kind.ts'
import { collectionPath } from './place.ts'
import type { Resource } from './resource.ts'
import type { Store } from './store.ts'

export interface StatusWriter {
  /** Reports the problems of these resources; a rule without a problem is valid. */
  readonly report: (resources: readonly Resource[], problems: ReadonlyMap<string, string>) => void
}

export interface StatusOptions {
  readonly asking: Asking
  readonly store: Store
  /** Called once, when we are not permitted to write. */
  readonly onForbidden: (message: string) => void
}

interface Wanted {
  readonly resource: Resource
  readonly validation: Validation
  readonly tries: number
}

interface Writing extends StatusOptions {
  readonly pending: Map<string, Wanted>
  /** What was written last, by resource key. */
  written: Map<string, string>
  running: boolean
  isForbidden: boolean
}

/** Milliseconds between two writes. */
const between = 250
/** Replicas see the same change; a random wait lets the first write reach the others before they write. */
const firstWait = (): number => 100 + Math.random() * 900
const mostTries = 5
const longestError = 1024

export function createStatusWriter(options: StatusOptions): StatusWriter {
  const writing: Writing = {
    ...options,
    pending: new Map(),
    written: new Map(),
    running: false,
    isForbidden: false,
  }
  return {
    report: (resources, problems) => {
      if (writing.isForbidden) return
      for (const resource of resources) {
        const validation = validationFor(problems.get(resource.id))
        if (isDue(writing, resource, validation))
          writing.pending.set(resource.key, { resource, validation, tries: 0 })
        else writing.pending.delete(resource.key)
      }
      forget(writing)
      if (writing.pending.size > 0 && !writing.running) void run(writing)
    },
  }
}

const validationFor = (problem: string | undefined): Validation => ({
  valid: problem === undefined,
  error: problem?.slice(0, longestError),
})

const markOf = ({ edition }: Resource, { error = '' }: Validation): string => `${edition} ${error}`

function isDue({ store, written }: Writing, resource: Resource, validation: Validation): boolean {
  const now = store.get(resource.key)
  if (now === undefined || now.document !== resource.document) return false
  const { valid, error, isOld = false } = now.validation
  const differs = isOld || valid !== validation.valid || error !== validation.error
  return differs && written.get(resource.key) !== markOf(now, validation)
}

/** Drops the marks of resources that no longer exist. */
function forget(writing: Writing): void {
  if (writing.written.size <= writing.store.all().length) return
  writing.written = new Map([...writing.written].filter(([key]) => writing.store.get(key)))
}

async function run(writing: Writing): Promise<void> {
  const { pending, asking } = writing
  writing.running = true
  await pause(firstWait(), afterUnrefTimer, asking.signal)
  // An entry that is put back is visited again at the end of this loop.
  for (const [key, wanted] of pending) {
    if (asking.signal.aborted || writing.isForbidden) break
    pending.delete(key)
    if (!isDue(writing, wanted.resource, wanted.validation)) continue
    const wait = await writeOne(writing, wanted)
    await pause(wait, afterUnrefTimer, asking.signal)
  }
  writing.running = false
}

/** Returns how long to wait before the next write, in milliseconds. */
async function writeOne(writing: Writing, wanted: Wanted): Promise<number> {
  const now = writing.store.get(wanted.resource.key)
  if (now === undefined) return 0
  const problem = await patch(writing.asking, now, wanted.validation)
  if (problem !== undefined && isPermanent(problem, wanted)) {
    giveUp(writing, problem)
    return 0
  }
  if (problem !== undefined && isTemporary(problem)) return putBack(writing, wanted)
  writing.written.set(now.key, markOf(now, wanted.validation))
  return between
}

function giveUp(writing: Writing, { message }: Failed): void {
  writing.isForbidden = true
  writing.pending.clear()
  writing.onForbidden(message)
}

/** After the last attempt the next report, at the latest when the server is back, tries again. */
function putBack({ pending }: Writing, wanted: Wanted): number {
  const { tries, resource } = wanted
  // A newer validation on the same resource takes precedence.
  if (tries < mostTries && !pending.has(resource.key))
    pending.set(resource.key, { ...wanted, tries: tries + 1 })
  return between * 2 ** tries
}

/** True for a conflict (409), an expired token (401), a deleted resource (404) and temporary failures. */
const isTemporary = ({ status, passing }: Failed): boolean =>
  passing || (status !== undefined && [401, 404, 409].includes(status))

/** Not permitted; or the resource still exists and the definition has no status subresource. */
const isPermanent = ({ status }: Failed, { tries }: Wanted): boolean =>
  status === 403 || status === 405 || (status === 404 && tries >= triesToFind)

/** After so many tries the watch would have reported a deleted resource. */
const triesToFind = 3

async function patch(
  { api, kind, signal }: Asking,
  resource: Resource,
  validation: Validation,
): Promise<Failed | undefined> {
  const { namespace, name, version } = resource
  const deadline = createDeadline(signal, timeout)
  try {
    const opened = await api.send({
      method: 'PATCH',
      path: `${collectionPath(kind.apiVersion, { namespace })}/${encodeURIComponent(name)}/status`,
      body: {
        // The server rejects the patch when the resource has changed since.
        metadata: { resourceVersion: version },
        status: kind.statusOf(validation, resource),
      },
      definition: kind.definition,
      signal: deadline.signal,
    })
    if (opened.kind === 'failed') return opened
    await gather(opened.body, deadline.signal)
    return undefined
  } catch (error) {
    return failed(reasonOf(error, deadline.signal))
  } finally {
    deadline.end()
  }
}
