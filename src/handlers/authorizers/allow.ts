/**
 * allow: allows every session.
 *
 * Gives       the session, unchanged.
 * Fails with  nothing.
 */
import type { Kind, Step } from '../kind.ts'

export const allow: Kind<unknown, Step> = {
  schema: { type: 'object' },
  unchecked: true,
  create: () => session => session,
}
