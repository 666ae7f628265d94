import type { Answer, Kind } from '../kind.ts'
import { json } from './json.ts'
import { redirect } from './redirect.ts'
import { wwwAuthenticate } from './www-authenticate.ts'

/** Config name to kind: a new error handler is one file and one line. */
export const errorHandlers = {
  json,
  redirect,
  www_authenticate: wwwAuthenticate,
} as const satisfies Record<string, Kind<never, Answer>>
