/**
 * noop: authenticates nobody and lets everyone on.
 *
 * Takes       any request.
 * Gives       the empty session, untouched.
 * Fails with  nothing.
 */
import type { Authenticate, Kind } from '../kind.ts'

export const noop: Kind<unknown, Authenticate> = {
  schema: { type: 'object' },
  unchecked: true,
  create: () => session => session,
}
