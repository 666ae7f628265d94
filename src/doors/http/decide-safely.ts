import type { Decide, Decision } from '../../model/decision.ts'
import type { AccessRequest } from '../../model/request.ts'
import { endLifetime, type Lifetime } from '../request/access-request.ts'
import { brokenDecision } from './reply.ts'

/** A request that a door has read. */
interface Judgeable {
  readonly request: AccessRequest
  readonly lifetime: Lifetime
}

export interface Judging {
  readonly decide: Decide
  readonly onBug: (bug: unknown) => void
}

/** Never rejects: what `decide` throws is a bug, and denied. */
export async function judge(
  { request, lifetime }: Judgeable,
  { decide, onBug }: Judging,
): Promise<Decision> {
  try {
    return await decide(request)
  } catch (bug) {
    onBug(bug)
    return brokenDecision(bug)
  } finally {
    endLifetime(lifetime)
  }
}
