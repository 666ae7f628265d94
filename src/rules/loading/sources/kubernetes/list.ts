/** Lists all resources, page by page, and returns the version that a watch can continue from. */
import { isUtf8 } from 'node:buffer'
import { isJsonObject, type JsonObject, tryJson } from '../../../../lib/json.ts'
import { createYielder } from '../../../../lib/yield-to-event-loop.ts'
import { createDeadline, gather } from '../gather.ts'
import { timeout } from '../source-retry.ts'
import { type Failed, failed, reasonOf } from './api.ts'
import { type Asking, explainFailure, openCollection } from './collection.ts'
import type { ResourceKind } from './kind.ts'
import { type Resource, readResource } from './resource.ts'
import { excessOf, mostResources } from './store.ts'

export interface Listed {
  readonly kind: 'listed'
  readonly resources: readonly Resource[]
  readonly version: string
}

interface Page extends Listed {
  /** Empty on the last page. */
  readonly next: string
}

const pageTooLong = { kind: 'too_long' } as const

/** Smaller pages are tried when one is too long to read. */
const pageSizes = [500, 50, 5]

export async function listAll(asking: Asking): Promise<Listed | Failed> {
  for (const size of pageSizes) {
    const outcome = await listBy(size, asking)
    if (outcome.kind === 'failed') return explainFailure(outcome, asking)
    if (outcome.kind !== 'too_long') return outcome
  }
  return failed('a page of the list is too long')
}

async function listBy(size: number, asking: Asking): Promise<Listed | Failed | typeof pageTooLong> {
  const resources: Resource[] = []
  let bytes = 0
  let next = ''
  for (let pages = 0; pages < mostPages(size); pages++) {
    const page = await readPage(asking, size, next)
    if (page.kind !== 'listed') return page
    resources.push(...page.resources)
    for (const { document } of page.resources) bytes += document.bytes.length
    const excess = excessOf(resources.length, bytes)
    if (excess !== undefined) return failed(excess)
    if (page.next === '') return { kind: 'listed', resources, version: page.version }
    next = page.next
  }
  return failed('the list has more pages than it can have')
}

/** Pages may be smaller than was asked for. */
const mostPages = (size: number): number => (4 * mostResources) / size

async function readPage(
  asking: Asking,
  size: number,
  next: string,
): Promise<Page | Failed | typeof pageTooLong> {
  const deadline = createDeadline(asking.signal, timeout)
  try {
    const opened = await openCollection(asking, {
      query: { limit: String(size), continue: next || undefined },
      signal: deadline.signal,
    })
    if (opened.kind === 'failed') return opened
    const body = await gather(opened.body, deadline.signal)
    return body === undefined ? pageTooLong : await toPage(body, asking.kind)
  } catch (error) {
    return failed(reasonOf(error, deadline.signal))
  } finally {
    deadline.end()
  }
}

async function toPage(body: Buffer, kind: ResourceKind): Promise<Page | Failed> {
  if (!isUtf8(body)) return failed('found bytes that are not UTF-8, expected UTF-8')
  const list = tryJson(body.toString(), JSON.parse)
  const { metadata, items } = isJsonObject(list) ? list : ({} as JsonObject)
  const version = isJsonObject(metadata) ? metadata['resourceVersion'] : undefined
  if (!isJsonObject(metadata) || typeof version !== 'string' || !Array.isArray(items))
    return failed('the answer is not a list of rules')
  const resources: Resource[] = []
  const yieldIfLong = createYielder()
  for (const item of items) {
    const resource = readResource(item, kind)
    if (resource === undefined) return failed('an item of the list is not a rule')
    resources.push(resource)
    await yieldIfLong()
  }
  const next = metadata['continue']
  return { kind: 'listed', resources, version, next: typeof next === 'string' ? next : '' }
}
