/**
 * unauthorized: refuses everyone; authenticators after it are not tried.
 *
 * Takes       any request.
 * Fails with  unauthorized.
 */
import { failure, message } from '../../model/failure.ts'
import type { Authenticate, Kind } from '../kind.ts'

const refused = failure('unauthorized', { message: message.unauthorized })

export const unauthorized: Kind<unknown, Authenticate> = {
  schema: { type: 'object' },
  unchecked: true,
  create: () => () => refused,
}
