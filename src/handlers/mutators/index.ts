import type { Kind, Step } from '../kind.ts'
import { cookie } from './cookie.ts'
import { header } from './header.ts'
import { hydrator } from './hydrator.ts'
import { idToken } from './id-token.ts'
import { noop } from './noop.ts'
import { query } from './query.ts'
import { remove } from './remove.ts'
import { responseCookie } from './response-cookie.ts'
import { responseHeader } from './response-header.ts'

/** Config names and their kinds. A new mutator is one file and one line here. */
export const mutators = {
  cookie,
  header,
  hydrator,
  id_token: idToken,
  noop,
  query,
  remove,
  response_cookie: responseCookie,
  response_header: responseHeader,
} as const satisfies Record<string, Kind<never, Step>>
