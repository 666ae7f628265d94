import type { Session } from '../model/session.ts'
import { encodeValue } from './go/json.ts'
import { sessionPointer } from './go/session.ts'

/** The session as Oathkeeper sends it to other services: the same JSON that `{{ . | toJson }}` prints. */
export function encodeSession(session: Session): string {
  const text = encodeValue(sessionPointer(session))
  return typeof text === 'string' ? text : ''
}
