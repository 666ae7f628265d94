/** The resources that the cluster has, as far as we know. */
import { inByteOrder } from '../../../../lib/json.ts'
import { mostBytes, type SourceDocument } from '../contract.ts'
import type { Resource } from './resource.ts'

export const mostResources = 20_000

export interface Store {
  /** Counts the changes of rules; a change of a status alone is none. */
  readonly revision: () => number
  readonly get: (key: string) => Resource | undefined
  /** In the order of their names. */
  readonly all: () => readonly Resource[]
  /** All there are. */
  readonly replace: (resources: readonly Resource[]) => void
  readonly put: (resource: Resource) => void
  readonly remove: (key: string) => void
  /** Why it holds more than it should; undefined: it does not. */
  readonly excess: () => string | undefined
}

export function createStore(): Store {
  const held = new Map<string, Resource>()
  let sorted: readonly Resource[] | undefined = []
  let bytes = 0
  let revision = 0
  const put = (resource: Resource): void => {
    const before = held.get(resource.key)
    const same = before !== undefined && isSame(before.document, resource.document)
    // The same object tells readers that nothing changed.
    const kept = same ? { ...resource, document: before.document } : resource
    held.set(resource.key, kept)
    sorted = undefined
    bytes += sizeOf(kept) - sizeOf(before)
    if (!same) revision += 1
  }
  const remove = (key: string): void => {
    bytes -= sizeOf(held.get(key))
    if (!held.delete(key)) return
    sorted = undefined
    revision += 1
  }
  return {
    revision: () => revision,
    get: key => held.get(key),
    all: () => {
      sorted ??= [...held.values()].sort((one, other) => inByteOrder(one.key, other.key))
      return sorted
    },
    replace: resources => {
      const keys = new Set(resources.map(({ key }) => key))
      for (const key of [...held.keys()]) if (!keys.has(key)) remove(key)
      for (const resource of resources) put(resource)
    },
    put,
    remove,
    excess: () => excessOf(held.size, bytes),
  }
}

const sizeOf = (resource: Resource | undefined): number => resource?.document.bytes.length ?? 0

export function excessOf(resources: number, bytes: number): string | undefined {
  if (resources > mostResources) return `there are more than ${mostResources} rules`
  return bytes > mostBytes ? `the rules are longer than ${mostBytes} bytes` : undefined
}

const isSame = (one: SourceDocument, other: SourceDocument): boolean =>
  Buffer.compare(one.bytes, other.bytes) === 0
