import type { Authenticate, Kind } from '../kind.ts'
import { anonymous } from './anonymous.ts'
import { bearerToken } from './bearer-token.ts'
import { cookieSession } from './cookie-session.ts'
import { jwt } from './jwt.ts'
import { noop } from './noop.ts'
import { oauth2ClientCredentials } from './oauth2-client-credentials.ts'
import { oauth2Introspection } from './oauth2-introspection.ts'
import { unauthorized } from './unauthorized.ts'

/** Config names and their kinds. A new authenticator is one file and one line here. */
export const authenticators = {
  anonymous,
  bearer_token: bearerToken,
  cookie_session: cookieSession,
  jwt,
  noop,
  oauth2_client_credentials: oauth2ClientCredentials,
  oauth2_introspection: oauth2Introspection,
  unauthorized,
} as const satisfies Record<string, Kind<never, Authenticate>>
