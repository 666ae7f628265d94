/** Base 64 and 32, and checksums. For a text that does not decode, the functions return the error's text. */
import { createHash } from 'node:crypto'
import { fixed } from '../go/callable.ts'
import { work } from '../go/rendering.ts'
import type { Callable } from '../go/value.ts'
import { decodeBase32, encodeBase32 } from '../text/base32.ts'
import { decodeBase64, encodeBase64 } from '../text/base64.ts'
import type { FunctionGroup } from './function.ts'

const decoded = (decode: (text: string) => string | Error): Callable =>
  fixed(['string'], text => {
    const result = decode(text)
    return typeof result === 'string' ? result : result.message
  })

const hash = (algorithm: string): Callable =>
  fixed(['string'], text => {
    work(10)
    return createHash(algorithm).update(text, 'latin1').digest('hex')
  })

function adler32(text: string): string {
  let [a, b] = [1, 0]
  for (let i = 0; i < text.length; i++) {
    a = (a + text.charCodeAt(i)) % 65521
    b = (b + a) % 65521
  }
  return String(b * 65536 + a)
}

export const encoding: FunctionGroup = {
  b64enc: fixed(['string'], encodeBase64),
  b64dec: decoded(decodeBase64),
  b32enc: fixed(['string'], encodeBase32),
  b32dec: decoded(decodeBase32),
  sha1sum: hash('sha1'),
  sha256sum: hash('sha256'),
  sha512sum: hash('sha512'),
  adler32sum: fixed(['string'], adler32),
}
