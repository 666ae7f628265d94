/**
 * unauthorized: refuses every caller; authenticators after it are not tried.
 *
 * Takes       any request.
 * Fails with  unauthorized.
 */
import { failure, message } from '../../model/failure.ts'
import type { Authenticate, Kind } from '../kind.ts'

const denied = failure('unauthorized', { message: message.unauthorized })

export const unauthorized: Kind<unknown, Authenticate> = {
  schema: { type: 'object' },
  unchecked: true,
  create: () => () => denied,
}
