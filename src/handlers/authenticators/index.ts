import type { Authenticate, Kind } from '../kind.ts'
import { anonymous } from './anonymous.ts'
import { bearerToken } from './bearer-token.ts'
import { cookieSession } from './cookie-session.ts'
import { jwt } from './jwt.ts'
import { noop } from './noop.ts'
import { unauthorized } from './unauthorized.ts'

/** Config name to kind: a new authenticator is one file and one line. */
export const authenticators = {
  anonymous,
  bearer_token: bearerToken,
  cookie_session: cookieSession,
  jwt,
  noop,
  unauthorized,
} as const satisfies Record<string, Kind<never, Authenticate>>
