import { foldedName, isHeaderName } from '../../../lib/header-name.ts'

/** Headers of a connection, and those that describe or frame the body, which the upstream makes. */
const ofTheMessage = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Headers with which the decision API speaks to its caller. */
const ofTheCheck = new Set(['x-envoy-auth-headers-to-remove'])

/** Throws an Error when a mutator cannot set this header of the client's answer. */
export function checkAnswerName(name: string): void {
  const refuse = (expected: string): never => {
    throw new Error(`headers: found ${JSON.stringify(name)}, expected ${expected}`)
  }
  const folded = foldedName(name)
  if (!isHeaderName(name)) refuse('the name of a header')
  if (folded === 'set-cookie') refuse('another header: response_cookie sets cookies')
  if (ofTheMessage.has(folded) || folded.startsWith('proxy-'))
    refuse('a header that is not of the connection or the body')
  if (ofTheCheck.has(folded)) refuse('a header that is not of the check')
}
