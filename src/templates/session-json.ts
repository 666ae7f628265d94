import type { Session } from '../model/session.ts'
import { encodeValue } from './go/json.ts'
import { sessionPointer } from './go/session.ts'

/** The session as the original sends it to other services: what `{{ . | toJson }}` prints. */
export function encodeSession(session: Session): string {
  const text = encodeValue(sessionPointer(session))
  return typeof text === 'string' ? text : ''
}
