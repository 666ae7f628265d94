/**
 * noop: accepts every caller without authentication.
 *
 * Takes       any request.
 * Gives       the empty session, unchanged.
 * Fails with  nothing.
 */
import type { Authenticate, Kind } from '../kind.ts'

export const noop: Kind<unknown, Authenticate> = {
  schema: { type: 'object' },
  unchecked: true,
  create: () => session => session,
}
