import type { Answer, Kind } from '../kind.ts'
import { bearerChallenge } from './bearer-challenge.ts'
import { json } from './json.ts'
import { redirect } from './redirect.ts'
import { wwwAuthenticate } from './www-authenticate.ts'

/** Config names and their kinds. A new error handler is one file and one line here. */
export const errorHandlers = {
  bearer_challenge: bearerChallenge,
  json,
  redirect,
  www_authenticate: wwwAuthenticate,
} as const satisfies Record<string, Kind<never, Answer>>
