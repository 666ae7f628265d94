/**
 * A document in a bucket: the part that S3, Google Cloud Storage and Azure share. Time limit, size limit and retries
 * are those of an HTTP source. An object that did not change is not read again.
 */
import type { Readable } from 'node:stream'
import { bytesOf } from '../../../lib/bytes.ts'
import { isTransientStatus } from '../../../lib/transient-status.ts'
import type { Http } from '../../../outbound/http.ts'
import { afterTimer, pause } from '../../../outbound/timing.ts'
import {
  type BucketPlace,
  type Parameter,
  type PlaceProblem,
  parseBucketPlace,
} from './bucket-place.ts'
import {
  mostBytes,
  type Reading,
  type Source,
  type SourceRead,
  type Unavailable,
  unavailable,
  withoutSecrets,
} from './contract.ts'
import { createDeadline, gather } from './gather.ts'
import { impossibleSource } from './inline.ts'
import { policyOf, timeout } from './source-retry.ts'

export type ObjectRead =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'object'
      readonly version: string | undefined
      /** The caller reads it. */
      readonly body: Readable | undefined
    }
  | Unavailable

/** One object. */
export interface Bucket {
  /** Rejects with the SDK's error; a status of 304 means `unchanged`. */
  read(known: string | undefined, signal: AbortSignal): Promise<ObjectRead>
}

export interface BucketKind {
  readonly parameters: Readonly<Record<string, Parameter>>
  /** Makes no calls and loads no SDK yet. */
  readonly open: (place: BucketPlace, http: Http) => Bucket | PlaceProblem
}

/** A location that cannot be parsed becomes a source whose every reading fails. */
export function bucketSource(location: string, kind: BucketKind, http: Http): Source {
  const place = parseBucketPlace(location, kind.parameters)
  const bucket = place.kind === 'place_problem' ? place : kind.open(place, http)
  if ('kind' in bucket) return impossibleSource(location, bytesOf(bucket.message))
  return {
    location,
    shown: withoutSecrets(location),
    reach: 'remote',
    read: reading => readWithRetry(bucket, reading),
  }
}

/** `passing`: a retry may succeed. */
interface Failed {
  readonly kind: 'failed'
  readonly message: string
  readonly passing: boolean
}

async function readWithRetry(bucket: Bucket, reading: Reading): Promise<SourceRead> {
  const { attempts, wait } = policyOf(reading)
  const { signal } = reading
  for (let attempt = 0; ; attempt++) {
    const outcome = await readOnce(bucket, reading)
    if (outcome.kind !== 'failed') return outcome
    const isLast = attempt + 1 >= attempts || !outcome.passing
    if (!isLast) await pause(wait(attempt), afterTimer, signal)
    if (isLast || signal.aborted) return unavailable(bytesOf(outcome.message))
  }
}

async function readOnce(
  bucket: Bucket,
  { version, signal }: Reading,
): Promise<SourceRead | Failed> {
  const deadline = createDeadline(signal, timeout)
  try {
    return await Promise.race([
      readDocument(bucket, version, deadline.signal),
      rejectedBy(deadline.signal),
    ])
  } catch (error) {
    const status = statusOf(error)
    if (status === 304 && version !== undefined) return { kind: 'unchanged' }
    return { kind: 'failed', message: reasonOf(error), passing: isPassing(status) }
  } finally {
    deadline.end()
  }
}

async function readDocument(
  bucket: Bucket,
  known: string | undefined,
  signal: AbortSignal,
): Promise<SourceRead> {
  const read = await bucket.read(known, signal)
  if (read.kind !== 'object') return read
  const bytes = read.body === undefined ? Buffer.alloc(0) : await gather(read.body, signal)
  if (bytes === undefined) return unavailable(`the object is longer than ${mostBytes} bytes`)
  return { kind: 'documents', documents: [{ name: '', bytes }], version: read.version }
}

/** Rejects when the signal aborts: some SDK calls, such as the search for credentials, ignore it. */
const rejectedBy = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const end = () => reject(new Error('no answer in time'))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })

interface SdkError {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly statusCode?: unknown
  readonly $metadata?: { readonly httpStatusCode?: unknown }
}

/** The status in the errors of Amazon's, Azure's and Google's SDKs. */
function statusOf(error: unknown): number | undefined {
  const { $metadata, statusCode, code } = error as SdkError
  const status = $metadata?.httpStatusCode ?? statusCode ?? code
  return typeof status === 'number' ? status : undefined
}

const isPassing = (status: number | undefined): boolean =>
  status === undefined || isTransientStatus(status)

const longestReason = 300

/** One line, without the query of a URL, which may contain a signature. */
function reasonOf(error: unknown): string {
  const { message, code, name } = error as SdkError
  const [said] = [message, code, name].filter(text => typeof text === 'string' && text !== '')
  const [line = ''] = String(said ?? error).split('\n')
  const text = line.replace(/\?\S*/g, '').slice(0, longestReason)
  const status = statusOf(error)
  return status === undefined ? text : `answered with ${status}: ${text}`
}
