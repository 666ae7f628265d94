/**
 * The state of one rendering: maps and lists that functions changed, and how much work they may still do.
 *
 * Go's `set`, `unset`, `merge` and `sortAlpha` change their argument in place. Here the first change creates a copy
 * that replaces the unchanged map or list until the rendering ends, so that other renderings do not see it. Rendering
 * is synchronous, so only one happens at a time.
 */
import { callError } from './call-error.ts'
import type { Value, ValueMap } from './value.ts'

type Container = ValueMap | readonly Value[]

/** The most elements, entries and comparisons that the functions of one rendering may process. */
export const maxWork = 2_000_000

let changed: Map<Container, Container> | undefined
let left = maxWork

export function beginRendering(): void {
  changed = undefined
  left = maxWork
}

export const endRendering = beginRendering

/** Counts work; throws when the functions of this rendering have done too much. */
export function work(steps: number): void {
  left -= steps
  if (left < 0) throw callError('too many iterations')
}

/** The map or list with the changes of this rendering. */
export const current = <T extends Container>(container: T): T =>
  changed === undefined ? container : ((changed.get(container) as T | undefined) ?? container)

/** A copy that replaces the map during this rendering and may be changed. */
export function changeable(map: ValueMap): Record<string, Value> {
  const known = changed?.get(map)
  if (known !== undefined) return known as Record<string, Value>
  const copy: Record<string, Value> = Object.assign(Object.create(null), map)
  work(Object.keys(copy).length)
  changed ??= new Map()
  changed.set(map, copy)
  changed.set(copy, copy)
  return copy
}

/** Replaces the elements of the list during this rendering. */
export function replaceItems(list: readonly Value[], items: readonly Value[]): void {
  changed ??= new Map()
  changed.set(list, items)
}
