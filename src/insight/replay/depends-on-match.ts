/** Whether what a handler asks depends on the rule that matched, beside the request and the session. */
import type { TracedHandler } from '../../model/trace.ts'

const known = new WeakMap<TracedHandler, boolean>()

/** A template may read the match context; a hydrator sends it. */
export function dependsOnMatch(source: TracedHandler): boolean {
  const before = known.get(source)
  if (before !== undefined) return before
  const text = JSON.stringify(source.config ?? {})
  const found = text.includes('{{') || 'api' in (source.config ?? {})
  known.set(source, found)
  return found
}
