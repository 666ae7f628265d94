/**
 * deny: refuses every session.
 *
 * Fails with  forbidden.
 */
import { failure, message } from '../../model/failure.ts'
import type { Kind, Step } from '../kind.ts'

const denied = failure('forbidden', { message: message.forbidden })

export const deny: Kind<unknown, Step> = {
  schema: { type: 'object' },
  unchecked: true,
  create: () => () => denied,
}
