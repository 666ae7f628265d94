import type { Answer, Kind } from '../kind.ts'
import { json } from './json.ts'
import { redirect } from './redirect.ts'
import { wwwAuthenticate } from './www-authenticate.ts'

/** Config names and their kinds. A new error handler is one file and one line here. */
export const errorHandlers = {
  json,
  redirect,
  www_authenticate: wwwAuthenticate,
} as const satisfies Record<string, Kind<never, Answer>>
