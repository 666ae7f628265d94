/**
 * Ciphers and password hashes. `bcrypt`, `htpasswd` and `derivePassword` deliberately take about a tenth of a second
 * each, and block the process during that time.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, scryptSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { textOf } from '../../lib/bytes.ts'
import { callError } from '../go/call-error.ts'
import { fixed } from '../go/callable.ts'
import { work } from '../go/rendering.ts'
import { decodeBase64 } from '../text/base64.ts'
import type { FunctionGroup } from './function.ts'

const block = 16

/** The key is the password itself, cut or padded with zeros. */
const keyOf = (password: string): Buffer =>
  Buffer.concat([Buffer.from(password, 'latin1'), Buffer.alloc(32)], 32)

function encrypt(password: string, text: string): string {
  if (text === '') return ''
  const start = randomBytes(block)
  const cipher = createCipheriv('aes-256-cbc', keyOf(password), start)
  return Buffer.concat([start, cipher.update(text, 'latin1'), cipher.final()]).toString('base64')
}

/** With a wrong password the result is meaningless bytes, as in Oathkeeper. */
function decrypt(password: string, encoded: string): string {
  if (encoded === '') return ''
  const decoded = decodeBase64(encoded)
  if (decoded instanceof Error) throw callError(decoded.message)
  const bytes = Buffer.from(decoded, 'latin1')
  if (bytes.length < block) {
    throw callError(
      `runtime error: slice bounds out of range [:${block}] with capacity ${bytes.length}`,
    )
  }
  if (bytes.length % block !== 0) throw callError('crypto/cipher: input not full blocks')
  const cipher = createDecipheriv('aes-256-cbc', keyOf(password), bytes.subarray(0, block))
  cipher.setAutoPadding(false)
  const plain = Buffer.concat([cipher.update(bytes.subarray(block)), cipher.final()])
  return withoutPadding(plain)
}

function withoutPadding(plain: Buffer): string {
  const padding = plain.at(-1)
  if (padding === undefined) throw callError('runtime error: index out of range [-1]')
  if (padding > plain.length) {
    throw callError(`runtime error: slice bounds out of range [:${plain.length - padding}]`)
  }
  return plain.toString('latin1', 0, plain.length - padding)
}

const require = createRequire(import.meta.url)
let library: typeof import('bcryptjs') | undefined

/** Loads the library: for the first template that names `bcrypt` or `htpasswd`. */
export function loadHashes(): typeof import('bcryptjs') {
  library ??= require('bcryptjs') as typeof import('bcryptjs')
  return library
}

/** Work for a tenth of a second: allows five calls per rendering. */
const slow = 400_000

function hashed(password: string): string {
  if (password.length > 72) {
    return 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes'
  }
  work(slow)
  return loadHashes()
    .hashSync(textOf(password), 10)
    .replace(/^\$2b\$/, '$2a$')
}

const seedText = 'com.lyndir.masterpassword'

/** The characters that each letter of a template stands for. */
const characters: Readonly<Record<string, string>> = {
  V: 'AEIOU',
  C: 'BCDFGHJKLMNPQRSTVWXYZ',
  v: 'aeiou',
  c: 'bcdfghjklmnpqrstvwxyz',
  A: 'AEIOUBCDFGHJKLMNPQRSTVWXYZ',
  a: 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz',
  n: '0123456789',
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()',
}

const long =
  'CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno ' +
  'CvcvnoCvccCvcv CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno ' +
  'CvccnoCvccCvcv CvccCvccnoCvcv CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno ' +
  'CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno'

const passwordTemplates: ReadonlyMap<string, readonly string[]> = new Map([
  ['maximum', ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno']],
  ['long', long.split(' ')],
  ['medium', ['CvcnoCvc', 'CvcCvcno']],
  ['short', ['Cvcn']],
  ['basic', ['aaanaaan', 'aannaaan', 'aaannaaa']],
  ['pin', ['nnnn']],
])

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const lengthAndText = (text: string): readonly Buffer[] => [
  uint32(text.length),
  Buffer.from(text, 'latin1'),
]

interface Derivation {
  readonly counter: number
  readonly password: string
  readonly user: string
  readonly site: string
}

/** The Master Password algorithm. */
function derive(templates: readonly string[], derivation: Derivation): string {
  work(slow)
  const { counter, password, user, site } = derivation
  const salt = Buffer.concat([Buffer.from(seedText), ...lengthAndText(user)])
  const key = scryptSync(Buffer.from(password, 'latin1'), salt, 64, {
    N: 32_768,
    r: 8,
    p: 2,
    maxmem: 128 * 1024 * 1024,
  })
  const seed = createHmac('sha256', key)
    .update(Buffer.concat([Buffer.from(seedText), ...lengthAndText(site), uint32(counter)]))
    .digest()
  const template = templates[(seed[0] ?? 0) % templates.length] ?? ''
  return [...template]
    .map((kind, i) => {
      const choice = characters[kind] ?? ''
      return choice.charAt((seed[i + 1] ?? 0) % choice.length)
    })
    .join('')
}

export const secrets: FunctionGroup = {
  encryptAES: fixed(['string', 'string'], encrypt),
  decryptAES: fixed(['string', 'string'], decrypt),
  bcrypt: fixed(['string'], hashed),
  htpasswd: fixed(['string', 'string'], (user, password) =>
    user.includes(':') ? `invalid username: ${user}` : `${user}:${hashed(password)}`,
  ),
  derivePassword: fixed(
    ['uint32', 'string', 'string', 'string', 'string'],
    (...[counter, kind, password, user, site]) => {
      const templates = passwordTemplates.get(kind)
      if (templates === undefined) return `cannot find password template ${kind}`
      return derive(templates, { counter, password, user, site })
    },
  ),
}
