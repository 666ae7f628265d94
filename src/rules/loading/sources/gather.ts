/** Limits on size and time for reading from another machine. */
import { addAbortSignal, type Readable } from 'node:stream'
import { abortAfter } from '../../../lib/abort-after.ts'
import { createKeptBytes } from '../../../lib/kept-bytes.ts'
import type { Signal } from '../../../lib/signal.ts'
import { mostBytes } from './contract.ts'

/** undefined when the body is longer than `mostBytes`. */
export async function gather(body: Readable, signal: AbortSignal): Promise<Buffer | undefined> {
  const kept = createKeptBytes()
  for await (const chunk of addAbortSignal(signal, body)) {
    kept.add(chunk as Buffer)
    // Leaving the loop destroys the stream.
    if (kept.length() > mostBytes) return undefined
  }
  return kept.joined()
}

/** A standard AbortSignal, which the SDKs need, from our signal and the time limit. */
export function createDeadline(
  outer: Signal,
  ms: number,
): { readonly signal: AbortSignal; readonly abort: () => void; readonly end: () => void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  return { signal: controller.signal, abort, end: abortAfter(ms, outer, abort) }
}
