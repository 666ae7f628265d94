import type { Answer, Kind } from '../kind.ts'
import { json } from './json.ts'

/** Config name to kind: a new error handler is one file and one line. */
export const errorHandlers = { json } as const satisfies Record<string, Kind<never, Answer>>
