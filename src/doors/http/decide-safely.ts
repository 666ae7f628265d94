import type { Decide, Decision } from '../../model/decision.ts'
import type { AccessRequest } from '../../model/request.ts'
import { endLifetime, type Lifetime } from '../request/access-request.ts'
import { brokenDecision } from './reply.ts'

/** A request that a door has read. */
interface ReadRequest {
  readonly request: AccessRequest
  readonly lifetime: Lifetime
}

export interface DecideOptions {
  readonly decide: Decide
  readonly onBug: (bug: unknown) => void
}

/** Never rejects: an exception of `decide` is reported as a bug and becomes a denial. */
export async function decideSafely(
  { request, lifetime }: ReadRequest,
  { decide, onBug }: DecideOptions,
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
