/**
 * Writes into the status of resources what became of their rules, as oathkeeper-maester does: only what
 * differs, a few a second, and each verdict once, so that replicas that disagree do not take turns.
 */
import { afterUnrefTimer, pause } from '../../../../outbound/timing.ts'
import { createDeadline, gather } from '../gather.ts'
import { timeout } from '../source-retry.ts'
import { type Failed, failed, reasonOf } from './api.ts'
import type { Asking } from './collection.ts'
import { collectionPath } from './place.ts'
import type { Resource, Verdict } from './resource.ts'
import type { Store } from './store.ts'

export interface StatusWriter {
  /** Of these resources; a rule without a problem is valid. */
  readonly judge: (resources: readonly Resource[], problems: ReadonlyMap<string, string>) => void
}

export interface StatusOptions {
  readonly asking: Asking
  readonly store: Store
  /** Told once, when we may not. */
  readonly onRefused: (message: string) => void
}

interface Wanted {
  readonly judged: Resource
  readonly verdict: Verdict
  readonly tries: number
}

interface Writing extends StatusOptions {
  readonly pending: Map<string, Wanted>
  /** What was written, by resource. */
  written: Map<string, string>
  running: boolean
  refused: boolean
}

/** Milliseconds between two writes. */
const between = 250
/** Replicas that see the same change do not write it all: the first one is seen by the others. */
const firstWait = (): number => 100 + Math.random() * 900
const mostTries = 5
const longestError = 1024

export function createStatusWriter(options: StatusOptions): StatusWriter {
  const writing: Writing = {
    ...options,
    pending: new Map(),
    written: new Map(),
    running: false,
    refused: false,
  }
  return {
    judge: (resources, problems) => {
      if (writing.refused) return
      for (const judged of resources) {
        const verdict = verdictOn(problems.get(judged.id))
        if (isDue(writing, judged, verdict))
          writing.pending.set(judged.key, { judged, verdict, tries: 0 })
        else writing.pending.delete(judged.key)
      }
      forget(writing)
      if (writing.pending.size > 0 && !writing.running) void run(writing)
    },
  }
}

const verdictOn = (problem: string | undefined): Verdict => ({
  valid: problem === undefined,
  error: problem?.slice(0, longestError),
})

const markOf = ({ edition }: Resource, { error = '' }: Verdict): string => `${edition} ${error}`

function isDue({ store, written }: Writing, judged: Resource, verdict: Verdict): boolean {
  const now = store.get(judged.key)
  if (now === undefined || now.document !== judged.document) return false
  const differs = now.verdict.valid !== verdict.valid || now.verdict.error !== verdict.error
  return differs && written.get(judged.key) !== markOf(now, verdict)
}

/** Of resources that are gone. */
function forget(writing: Writing): void {
  if (writing.written.size <= writing.store.all().length) return
  writing.written = new Map([...writing.written].filter(([key]) => writing.store.get(key)))
}

async function run(writing: Writing): Promise<void> {
  const { pending, asking } = writing
  writing.running = true
  await pause(firstWait(), afterUnrefTimer, asking.signal)
  // What is put back is met again, at the end of the line.
  for (const [key, wanted] of pending) {
    if (asking.signal.aborted || writing.refused) break
    pending.delete(key)
    if (!isDue(writing, wanted.judged, wanted.verdict)) continue
    const wait = await writeOne(writing, wanted)
    await pause(wait, afterUnrefTimer, asking.signal)
  }
  writing.running = false
}

/** Gives how long to wait for the next one. */
async function writeOne(writing: Writing, wanted: Wanted): Promise<number> {
  const now = writing.store.get(wanted.judged.key)
  if (now === undefined) return 0
  const problem = await patch(writing.asking, now, wanted.verdict)
  if (problem !== undefined && isRefusal(problem, wanted)) {
    refuse(writing, problem)
    return 0
  }
  if (problem !== undefined && mayMend(problem)) return putBack(writing, wanted)
  writing.written.set(now.key, markOf(now, wanted.verdict))
  return between
}

function refuse(writing: Writing, { message }: Failed): void {
  writing.refused = true
  writing.pending.clear()
  writing.onRefused(message)
}

/** After the last try it is left to the next judgement, which comes at the latest when the server is back. */
function putBack({ pending }: Writing, wanted: Wanted): number {
  const { tries, judged } = wanted
  // One that was judged again is newer.
  if (tries < mostTries && !pending.has(judged.key))
    pending.set(judged.key, { ...wanted, tries: tries + 1 })
  return between * 2 ** tries
}

/** Somebody else was faster (409), a token is to be renewed (401), it is gone (404), or it is a matter of time. */
const mayMend = ({ status, passing }: Failed): boolean =>
  passing || (status !== undefined && [401, 404, 409].includes(status))

/** We may not; or it is not gone after all, and the definition has no status to write to. */
const isRefusal = ({ status }: Failed, { tries }: Wanted): boolean =>
  status === 403 || status === 405 || (status === 404 && tries >= triesToFind)

/** By then the watch has told that it is gone. */
const triesToFind = 3

async function patch(
  { api, signal }: Asking,
  { namespace, name, version }: Resource,
  { valid, error }: Verdict,
): Promise<Failed | undefined> {
  const deadline = createDeadline(signal, timeout)
  try {
    const opened = await api.send({
      method: 'PATCH',
      path: `${collectionPath({ namespace })}/${encodeURIComponent(name)}/status`,
      body: {
        // Refused when the resource is another by now.
        metadata: { resourceVersion: version },
        status: { validation: { valid: valid ?? null, validationError: error ?? null } },
      },
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
