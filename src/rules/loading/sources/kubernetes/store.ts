/** The resources of the cluster, as last seen. */
import { inByteOrder } from '../../../../lib/json.ts'
import { mostBytes, type SourceDocument } from '../contract.ts'
import type { Resource } from './resource.ts'

export const mostResources = 20_000

export interface Store {
  /** Counts the changes of rules; a change of the status alone does not count. */
  readonly revision: () => number
  readonly get: (key: string) => Resource | undefined
  /** Sorted by name. */
  readonly all: () => readonly Resource[]
  /** Replaces everything by these resources. */
  readonly replace: (resources: readonly Resource[]) => void
  readonly put: (resource: Resource) => void
  readonly remove: (key: string) => void
  readonly size: () => StoreSize
  /** Why the store exceeds its limits; undefined when it does not. */
  readonly excess: () => string | undefined
}

export interface StoreSize {
  readonly resources: number
  readonly bytes: number
}

export function createStore(): Store {
  const held = new Map<string, Resource>()
  let sorted: readonly Resource[] | undefined = []
  let bytes = 0
  let revision = 0
  const put = (resource: Resource): void => {
    const before = held.get(resource.key)
    const same = before !== undefined && isSame(before.document, resource.document)
    // Readers compare objects: the same object means that nothing changed.
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
    size: () => ({ resources: held.size, bytes }),
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
